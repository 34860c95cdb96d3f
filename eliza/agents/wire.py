"""Wire: agents as elizaOS's clients know them, and what they send. Secrets go in and never come out."""

from collections.abc import Mapping
from typing import Annotated, Literal, cast

from pydantic import BaseModel, ConfigDict, WithJsonSchema, with_config
from typing_extensions import TypedDict

from eliza.agents.agents import AgentRecord, AgentSummary
from eliza.clock import milliseconds
from eliza.http.envelope import Id, Json
from eliza.telltales import MASK, masked

Status = Literal["active", "inactive"]

_MOST_NAMED = 100
_LONGEST_NAMED = 100


Written = Annotated[
    Json,
    WithJsonSchema(
        {
            "type": "object",
            "properties": {
                "name": {"type": "string", "minLength": 1},
                "bio": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
            },
            "required": ["name"],
        }
    ),
]
"""A character as people write it; ``Character.parse`` knows what else may be in it."""


class NewAgent(BaseModel):
    """One of the three, looked for in this order."""

    model_config = ConfigDict(extra="ignore")

    characterJson: Written | None = None  # noqa: N815 - the contract's name
    agent: Written | None = None
    characterPath: str | None = None  # noqa: N815 - the contract's name


class AgentChange(BaseModel):
    """Keys of a character; ``settings`` are merged, and a null there deletes. Unknown keys are kept."""

    model_config = ConfigDict(extra="allow")


class ListedAgentJson(TypedDict):
    id: Id
    name: str
    characterName: str
    bio: str
    status: Status


class AgentsJson(TypedDict):
    agents: list[ListedAgentJson]


@with_config(extra="allow")
class AgentJson(TypedDict):
    """A character with what the server knows of it. Secrets are masked; unknown keys of the character stand beside."""

    id: Id
    enabled: bool
    server_id: Id | None
    createdAt: int
    updatedAt: int
    name: str
    username: str | None
    system: str | None
    bio: str | list[str]
    templates: dict[str, str]
    messageExamples: list[list[Json]]
    postExamples: list[str]
    topics: list[str]
    adjectives: list[str]
    knowledge: list[str | Json]
    plugins: list[str]
    settings: Json
    style: dict[str, list[str]]
    status: Status


class CreatedAgentJson(TypedDict):
    id: Id
    name: str
    character: AgentJson


class StartedJson(TypedDict):
    id: Id
    name: str
    status: Literal["active"]


class StoppedJson(TypedDict):
    id: Id
    message: str
    status: Literal["stopped"]


def listed(summary: AgentSummary) -> ListedAgentJson:
    return {
        "id": str(summary.id),
        "name": summary.name,
        "characterName": summary.name,
        "bio": summary.bio,
        "status": _status(summary),
    }


def names(changes: Mapping[str, object]) -> list[str]:
    """What a change touches, by its names alone; of very many the first."""
    settings = changes.get("settings")
    inner = [f"settings.{name}" for name in settings] if isinstance(settings, Mapping) else []
    return [name[:_LONGEST_NAMED] for name in sorted((*changes, *inner))[:_MOST_NAMED]]


def full(record: AgentRecord) -> AgentJson:
    character = record.character.to_json()
    character.pop("secrets", None)
    shape = {
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
    return cast(AgentJson, shape)


def _status(record: AgentRecord | AgentSummary) -> Status:
    return "active" if record.is_active else "inactive"


def _settings(record: AgentRecord) -> Json:
    settings = dict(record.character.settings)
    secrets = settings.pop("secrets", None)
    names = [*(secrets if isinstance(secrets, Mapping) else {}), *record.character.secrets]
    return {**masked(settings), "secrets": dict.fromkeys(names, MASK)}
