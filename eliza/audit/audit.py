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
from eliza.http.principal import who
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
        note = self._note(action, details, principal)
        self._database.write(lambda: note(target))

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
        note = self._note(action, details, principal)

        def work() -> T:
            result = deed()
            note(target(result) if callable(target) else target)
            return result

        return self._database.write(work, order=order)

    def page(self, sought: Sought, *, limit: int, cursor: str | None = None) -> Page[Entry]:
        """Newest first."""
        with self._database.read():
            query = tables.AuditEntry.select().where(*_conditions(sought))
            found = page_of(query, by=(tables.AuditEntry.seq,), newest_first=True, limit=limit, cursor=cursor)
            return found.map(_entry)

    def _note(self, action: str, details: Details | None, principal: Principal | None) -> Callable[[str | None], None]:
        """What writes the entry. It may run on another thread, which knows nothing of the request: that is read now."""
        actor = _Actor.of(principal or who())
        shown = masked(details or {})
        now = self._clock.now()

        def note(target: str | None) -> None:
            tables.AuditEntry.insert(
                actor=actor.name,
                credential=actor.credential,
                entity_id=actor.entity_id,
                address=actor.address,
                action=action,
                target=target,
                details=shown,
                created_at=now,
            ).execute()

        return note


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
