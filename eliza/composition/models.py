"""Models: which language models the server can use."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

from eliza.llm.anthropic import AnthropicProvider
from eliza.llm.classic import Classic
from eliza.llm.embedded.provider import EmbeddedProvider
from eliza.llm.ollama import OllamaProvider
from eliza.llm.openai import OpenAIProvider
from eliza.llm.registry import Models, table_lines
from eliza.llm.types import Provider
from eliza.plugins import Plugin

log = logging.getLogger(__name__)


def built_in_providers(data_dir: Path) -> tuple[Provider, ...]:
    """Every source of models that comes with the server; each offers models only if it is configured."""
    return (OpenAIProvider(), AnthropicProvider(), OllamaProvider(), EmbeddedProvider(data_dir), Classic())


def build_models(plugins: Sequence[Plugin], providers: Sequence[Provider], env: Mapping[str, str]) -> Models:
    """Collect what all providers offer, those of plugins first, and log which model is used for what."""
    models = Models()
    models.ask_all((*(provider for plugin in plugins for provider in plugin.models), *providers), env)
    for line in table_lines(models):
        log.info(line)
    return models
