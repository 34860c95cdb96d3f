"""Wire: agents as elizaOS's clients know them, and what they send. Secrets go in and never come out."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

from eliza.agents.agents import AgentRecord, AgentSummary
from eliza.agents.masks import MASK, masked
from eliza.clock import milliseconds

Json = dict[str, Any]


class NewAgent(BaseModel):
    """One of the three, looked for in this order."""

    model_config = ConfigDict(extra="ignore")

    characterJson: Json | None = None  # noqa: N815 - the contract's name
    agent: Json | None = None
    characterPath: str | None = None  # noqa: N815 - the contract's name


def listed(summary: AgentSummary) -> Json:
    return {
        "id": str(summary.id),
        "name": summary.name,
        "characterName": summary.name,
        "bio": summary.bio,
        "status": _status(summary),
    }


def full(record: AgentRecord) -> Json:
    character = record.character.to_json()
    character.pop("secrets", None)
    return {
        "username": None,
        "system": None,
        **{key: [] for key in ("messageExamples", "postExamples", "topics", "adjectives", "knowledge", "plugins")},
        **{key: {} for key in ("templates", "style")},
        **character,
        **masked(record.character.extra),
        "settings": _settings(record),
        "id": str(record.id),
        "enabled": True,
        "server_id": None,
        "status": _status(record),
        "createdAt": milliseconds(record.created_at),
        "updatedAt": milliseconds(record.updated_at),
    }


def _status(record: AgentRecord | AgentSummary) -> str:
    return "active" if record.is_active else "inactive"


def _settings(record: AgentRecord) -> Json:
    settings = dict(record.character.settings)
    secrets = settings.pop("secrets", None)
    names = [*(secrets if isinstance(secrets, Mapping) else {}), *record.character.secrets]
    return {**masked(settings), "secrets": dict.fromkeys(names, MASK)}
