"""Plugin: everything Eliza can be extended with, on one page."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from eliza.errors import ConfigurationError
from eliza.llm import types as llm
from eliza.plugins.route import Route
from eliza.runtime.agent import Agent
from eliza.runtime.character import Character
from eliza.runtime.components import Action, Evaluator, Provider

_ADDRESS = re.compile(r"@?[\w-][\w.-]*(?:/[\w-][\w.-]*)*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Plugin:
    """A named set of extensions. Where two plugins bring a component of the same name, the higher priority wins.

    Every agent of a server has all of the server's plugins. The ``plugins`` of a character name packages of elizaOS,
    which mean nothing here, and are kept as they are.
    """

    name: str
    description: str

    actions: tuple[Action, ...] = ()
    """What agents can do; a model chooses among them by name and description."""

    providers: tuple[Provider, ...] = ()
    """What agents know before they think."""

    evaluators: tuple[Evaluator, ...] = ()
    """What agents keep of an exchange afterwards."""

    models: tuple[llm.Provider, ...] = ()
    """Sources of language models, asked once at start with the server's settings."""

    routes: tuple[Route, ...] = ()
    """What it answers over HTTP: below ``/api/agents/<agent>/plugins/<name>``, ``/api/<name>`` and ``/<name>``.

    The last two are for the agent in ``?agentId=``, or else the first that runs, and there only if nothing of the
    server's own begins like this. They are for operators, but for those whose ``role`` says otherwise.
    """

    priority: int = 0

    def __post_init__(self) -> None:
        if self.routes and not _ADDRESS.fullmatch(self.name):
            raise ConfigurationError(f"A plugin with routes cannot be named {self.name!r}, which makes no address")


def assemble(character: Character, plugins: Iterable[Plugin]) -> Agent:
    """The agent that ``character`` and the components of ``plugins`` make together."""
    ranked = sorted(plugins, key=lambda plugin: -plugin.priority)
    return Agent(
        id=character.id,
        character=character,
        actions=_first_of_each_name(action for plugin in ranked for action in plugin.actions),
        providers=_first_of_each_name(provider for plugin in ranked for provider in plugin.providers),
        evaluators=_first_of_each_name(evaluator for plugin in ranked for evaluator in plugin.evaluators),
    )


class _Named(Protocol):
    @property
    def name(self) -> str: ...


_Component = TypeVar("_Component", bound=_Named)


def _first_of_each_name(components: Iterable[_Component]) -> tuple[_Component, ...]:
    first: dict[str, _Component] = {}
    for component in components:
        first.setdefault(component.name.casefold(), component)
    return tuple(first.values())
