"""Agents: who exists, who is running, and what they are made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from peewee import IntegrityError, fn

from eliza.agents.masks import unmasked
from eliza.agents.secrets import CharacterSecrets
from eliza.clock import Clock
from eliza.db import Database, Statement, param, tables
from eliza.db.paging import Page, page_of
from eliza.errors import Conflict, NotFound
from eliza.events import AgentDeleted, Bus
from eliza.ids import DEFAULT_MESSAGE_SERVER
from eliza.plugins import Plugin, assemble
from eliza.runtime.agent import Agent
from eliza.runtime.character import Character

_ENCRYPTED = ("settings", "extra")
"""The columns that may contain secrets."""


@dataclass(frozen=True, slots=True)
class AgentRecord:
    """An agent as it is kept: its character, and whether its people want it to run."""

    character: Character
    is_active: bool
    created_at: datetime
    updated_at: datetime
    source_hash: str | None = None

    @property
    def id(self) -> UUID:
        return self.character.id

    @property
    def name(self) -> str:
        return self.character.name


@dataclass(frozen=True, slots=True)
class AgentSummary:
    """As much of an agent as a list shows."""

    id: UUID
    name: str
    bio: str
    is_active: bool


class AgentNotFound(NotFound):
    def __init__(self, agent_id: UUID) -> None:
        super().__init__(f"Agent {agent_id} not found")


class AgentNotRunning(NotFound):
    code = "AGENT_NOT_FOUND"

    def __init__(self, agent_id: UUID | None) -> None:
        super().__init__("No agent is running" if agent_id is None else f"No agent {agent_id} is running")


class AgentExists(Conflict):
    code = "AGENT_EXISTS"

    def __init__(self, agent_id: UUID, name: str) -> None:
        super().__init__(f"An agent with id {agent_id} exists already; {name} needs another id or name")


class Agents:
    """The state lives in the table, so every worker sees the same agents; ``running`` builds a mind when needed.

    Secrets are encrypted in the table only: what is read here contains them in plain text.
    """

    def __init__(
        self, database: Database, clock: Clock, bus: Bus, plugins: Sequence[Plugin], secrets: CharacterSecrets
    ) -> None:
        self._database = database
        self._clock = clock
        self._bus = bus
        self._plugins = tuple(plugins)
        self._secrets = secrets
        self._minds: dict[UUID, tuple[datetime, Agent]] = {}

    def all(self) -> list[AgentRecord]:
        """Those that run first, then by name."""
        agent = tables.Agent
        with self._database.read():
            return [self._record(row) for row in agent.select().order_by(agent.status, agent.name)]

    def summaries(self, *, limit: int, cursor: str | None = None) -> Page[AgentSummary]:
        """As ``all``, in brief and in pages."""
        agent = tables.Agent
        with self._database.read():
            first = self._database.run(_SUMMARIES, limit=limit + 1) if cursor is None else []
            if 0 < len(first) <= limit:  # What nearly every installation asks for, without asking how many there are.
                return Page([_summary(*row) for row in first], len(first))
            page = page_of(agent.select(), by=(agent.status, agent.name, agent.id), limit=limit, cursor=cursor)
            return page.map(lambda row: _summary(row.id, row.name, row.bio, row.status))

    def count_running(self) -> int:
        with self._database.read():
            return int(self._database.run(_RUNNING)[0][0])

    def get(self, agent_id: UUID) -> AgentRecord:
        """Raises ``AgentNotFound``."""
        record = self.find(agent_id)
        if record is None:
            raise AgentNotFound(agent_id)
        return record

    def require_running(self, agent_id: UUID | None = None) -> AgentRecord:
        """The agent of that id, or else the first of all, if it runs. Raises ``AgentNotRunning``."""
        record = self._first() if agent_id is None else self.find(agent_id)
        if record is None or not record.is_active:
            raise AgentNotRunning(agent_id)
        return record

    def find(self, agent_id: UUID) -> AgentRecord | None:
        with self._database.read():
            row = tables.Agent.get_or_none(tables.Agent.id == agent_id)
        return None if row is None else self._record(row)

    def add(self, character: Character, *, active: bool = False, source_hash: str | None = None) -> AgentRecord:
        """Take in a new agent; it serves on the default message server.

        Raises ``AgentExists`` or ``InvalidCharacter``.
        """
        character.require_acceptable()
        now = self._clock.now()

        def work() -> AgentRecord:
            if tables.Agent.select().where(tables.Agent.id == character.id).exists():
                raise AgentExists(character.id, character.name)
            row = tables.Agent.create(
                **self._columns(character),
                id=character.id,
                status=_status(active),
                source_hash=source_hash,
                created_at=now,
                updated_at=now,
            )
            seats = tables.MessageServerAgent
            seats.insert(message_server=DEFAULT_MESSAGE_SERVER, agent=character.id).on_conflict_ignore().execute()
            return self._record(row)

        try:
            return self._database.write(work)
        except IntegrityError:  # Somebody made it in the same moment.
            raise AgentExists(character.id, character.name) from None

    def replace(self, character: Character, *, source_hash: str | None = None) -> AgentRecord:
        """Give an agent another character; a running one goes on with it from its next turn.

        Raises ``AgentNotFound`` or ``InvalidCharacter``.
        """
        character.require_acceptable()
        changes = self._columns(character) | ({"source_hash": source_hash} if source_hash else {})
        return self._change(character.id, changes)

    def update(self, agent_id: UUID, changes: Mapping[str, Any]) -> AgentRecord:
        """Change the keys given, in the names of a character file; ``settings`` are merged, a null there deletes.

        The mask of a secret stands for the secret. Raises ``AgentNotFound`` or ``InvalidCharacter``.
        """

        def work() -> AgentRecord:
            self._database.lock(tables.Agent, agent_id)  # Nobody changes it between our reading and our writing.
            character = self.get(agent_id).character
            written = character.to_json()
            meant = unmasked(changes, written)
            merged = {**written, **meant, "id": str(agent_id)}
            if isinstance(meant.get("settings"), Mapping):
                merged["settings"] = _merged(character.settings, meant["settings"])
            return self.replace(Character.parse(merged))

        return self._database.write(work)

    def start(self, agent_id: UUID) -> AgentRecord:
        return self._change(agent_id, {"status": _status(True)})

    def stop(self, agent_id: UUID) -> AgentRecord:
        return self._change(agent_id, {"status": _status(False)})

    def delete(self, agent_id: UUID) -> None:
        """Delete the agent with what it remembers; what it said stays in its channels. Raises ``AgentNotFound``."""

        def work() -> None:
            if not tables.Agent.delete().where(tables.Agent.id == agent_id).execute():
                raise AgentNotFound(agent_id)
            tables.ChannelParticipant.delete().where(tables.ChannelParticipant.entity_id == agent_id).execute()
            self._database.after_commit(lambda: self._bus.publish(AgentDeleted(agent_id)))

        self._database.write(work)
        self._minds.pop(agent_id, None)

    def reencrypt(self) -> None:
        """Encrypt every secret again with the current key. Call it within a unit of work."""
        agent = tables.Agent
        for row in list(agent.select(agent.id, *(getattr(agent, column) for column in _ENCRYPTED))):
            encrypted = {name: self._secrets.encrypt(row.id, name, value) for name, value in self._opened(row).items()}
            agent.update(**encrypted).where(agent.id == row.id).execute()

    def running(self, agent_id: UUID) -> Agent | None:
        """The mind of an agent, or None while it is stopped or gone."""
        with self._database.read():
            found = self._database.run(_VERSION, id=agent_id)
        if not found or found[0][0] != _status(True):
            return None
        version = found[0][1]
        known = self._minds.get(agent_id)
        if known is None or known[0] != version:
            mind = assemble(self.get(agent_id).character, self._plugins)
            known = self._minds[agent_id] = (version, mind)
        return known[1]

    def _first(self) -> AgentRecord | None:
        """Those that run come first."""
        agent = tables.Agent
        with self._database.read():
            row = agent.select().order_by(agent.status, agent.name, agent.id).first()
        return None if row is None else self._record(row)

    def _change(self, agent_id: UUID, changes: Mapping[str, Any]) -> AgentRecord:
        now = self._clock.now()

        def work() -> AgentRecord:
            this = tables.Agent.id == agent_id
            if not tables.Agent.update(**changes, updated_at=now).where(this).execute():
                raise AgentNotFound(agent_id)
            return self._record(tables.Agent.get(this))

        return self._database.write(work)

    def _columns(self, character: Character) -> dict[str, Any]:
        columns = _columns(character)
        return columns | {name: self._secrets.encrypt(character.id, name, columns[name]) for name in _ENCRYPTED}

    def _record(self, row: tables.Agent) -> AgentRecord:
        opened = self._opened(row)
        written = {
            **opened["extra"],
            "id": str(row.id),
            "name": row.name,
            "username": row.username,
            "system": row.system,
            "bio": row.bio,
            "templates": row.templates,
            "messageExamples": row.message_examples,
            "postExamples": row.post_examples,
            "topics": row.topics,
            "adjectives": row.adjectives,
            "knowledge": row.knowledge,
            "plugins": row.plugins,
            "settings": opened["settings"],
            "style": row.style,
        }
        return AgentRecord(
            character=Character.parse(written),
            is_active=row.status == "active",
            created_at=row.created_at,
            updated_at=row.updated_at,
            source_hash=row.source_hash,
        )

    def _opened(self, row: tables.Agent) -> dict[str, Any]:
        return {name: self._secrets.decrypt(row.id, name, getattr(row, name)) for name in _ENCRYPTED}


_agent = tables.Agent
_VERSION = Statement(lambda: _agent.select(_agent.status, _agent.updated_at).where(_agent.id == param("id", _agent.id)))
_SUMMARIES = Statement(
    lambda: (
        _agent.select(_agent.id, _agent.name, _agent.bio, _agent.status)
        .order_by(_agent.status, _agent.name, _agent.id)
        .limit(param("limit"))
    )
)
_RUNNING = Statement(lambda: _agent.select(fn.COUNT(_agent.id)).where(_agent.status == _status(True)))


def _summary(agent_id: UUID, name: str, bio: str | list[str], status: str) -> AgentSummary:
    first = bio if isinstance(bio, str) else next(iter(bio), "")
    return AgentSummary(agent_id, name, first, status == _status(True))


def _status(active: bool) -> str:
    return "active" if active else "inactive"


def _columns(character: Character) -> dict[str, Any]:
    written = character.to_json()
    settings = dict(character.settings)
    if character.secrets:
        nested = settings.get("secrets")
        settings["secrets"] = {**(nested if isinstance(nested, Mapping) else {}), **character.secrets}
    return {
        "name": character.name,
        "username": character.username,
        "system": character.system,
        "bio": written["bio"],
        "templates": dict(character.templates),
        "message_examples": written.get("messageExamples", []),
        "post_examples": list(character.post_examples),
        "topics": list(character.topics),
        "adjectives": list(character.adjectives),
        "knowledge": written.get("knowledge", []),
        "plugins": list(character.plugins),
        "settings": settings,
        "style": written.get("style", {}),
        "extra": dict(character.extra),
    }


def _merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    merged = {**old}
    for key, value in new.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(merged.get(key), Mapping):
            merged[key] = _merged(merged[key], value)
        else:
            merged[key] = value
    return merged
