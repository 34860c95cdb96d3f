"""Audit: who did what to agents, keys, roles, settings, and what they deleted. Nothing in it is ever changed."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from flask import has_request_context, request

from eliza.access.principal import Principal
from eliza.access.roles import Role
from eliza.clock import Clock
from eliza.db import Database, tables
from eliza.db.paging import Page, page_of
from eliza.http.principal import current_principal
from eliza.telltales import masked

T = TypeVar("T")
Details = Mapping[str, Any]

COMMAND_LINE = Principal(Role.ADMIN, "the command line", "command-line")
"""Who sits at the machine itself and uses its commands."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One deed. ``seq`` orders them, whatever the clock did meanwhile; ``actor`` is the name they went by then."""

    seq: int
    actor: str
    credential: str
    entity_id: UUID | None
    address: str | None
    action: str
    target: str | None
    details: Mapping[str, Any]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Sought:
    """Which entries to look at; what is None does not matter. An ``action`` of one word is all that befell a noun."""

    actor: str | None = None
    action: str | None = None
    target: str | None = None
    since: datetime | None = None
    until: datetime | None = None


class Audit:
    """An entry is written with the deed or directly after it, by whoever sends the request at hand.

    Outside of requests the caller says who it is. Secrets in details are masked.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def record(
        self,
        action: str,
        *,
        target: str | None = None,
        details: Details | None = None,
        principal: Principal | None = None,
    ) -> None:
        """Write down what was done; within a unit of work it is undone with that."""
        recorder = self.recorder(principal)
        self._database.write(lambda: recorder.write(action, target, details))

    def along(
        self,
        deed: Callable[[], T],
        action: str,
        *,
        target: str | Callable[[T], str] | None = None,
        details: Details | None = None,
        principal: Principal | None = None,
        order: Hashable = None,
    ) -> T:
        """Do a deed and write it down in one unit of work: both are there, or neither.

        The deed does what ``Database.write`` allows and no more, and asks for nothing of the request. What ``target``
        is may follow from what the deed returns. ``order`` is that of ``Database.write``.
        """
        recorder = self.recorder(principal)

        def work() -> T:
            result = deed()
            recorder.write(action, target(result) if callable(target) else target, details)
            return result

        return self._database.write(work, order=order)

    def recorder(self, principal: Principal | None = None) -> "Recorder":
        """For a unit of work that writes its entries itself, by ``principal`` or the sender of the request at hand."""
        return Recorder(_Actor.of(principal or current_principal()), self._clock.now())

    def page(self, sought: Sought, *, limit: int, cursor: str | None = None) -> Page[Entry]:
        """Newest first."""
        with self._database.read():
            query = tables.AuditEntry.select().where(*_conditions(sought))
            found = page_of(query, by=(tables.AuditEntry.seq,), newest_first=True, limit=limit, cursor=cursor)
            return found.map(_entry)


@dataclass(frozen=True, slots=True)
class _Actor:
    name: str
    credential: str
    entity_id: UUID | None
    address: str | None

    @classmethod
    def of(cls, principal: Principal) -> "_Actor":
        address = request.remote_addr if has_request_context() else None
        return cls(principal.name, principal.credential, principal.entity_id, address)


@dataclass(frozen=True, slots=True)
class Recorder:
    """Who does something, from where and when: read before the unit of work, which may run on another thread."""

    actor: _Actor
    now: datetime

    def write(self, action: str, target: str | None, details: Details | None = None) -> None:
        """Inside a unit of work: write an entry, which is undone with the rest. Secrets in details are masked."""
        tables.AuditEntry.insert(
            actor=self.actor.name,
            credential=self.actor.credential,
            entity_id=self.actor.entity_id,
            address=self.actor.address,
            action=action,
            target=target,
            details=masked(details or {}),
            created_at=self.now,
        ).execute()


def _conditions(sought: Sought) -> list[Any]:
    entry = tables.AuditEntry
    conditions = [entry.seq > 0]
    if sought.actor is not None:
        conditions.append(entry.actor == sought.actor)
    if sought.action is not None:
        conditions.append((entry.action == sought.action) | entry.action.startswith(f"{sought.action}."))
    if sought.target is not None:
        conditions.append(entry.target == sought.target)
    if sought.since is not None:
        conditions.append(entry.created_at >= sought.since)
    if sought.until is not None:
        conditions.append(entry.created_at < sought.until)
    return conditions


def _entry(row: tables.AuditEntry) -> Entry:
    return Entry(
        seq=row.seq,
        actor=row.actor,
        credential=row.credential,
        entity_id=row.entity_id,
        address=row.address,
        action=row.action,
        target=row.target,
        details=row.details,
        created_at=row.created_at,
    )
