"""Upheld: whoever asked may still ask, in the moment in which it is done.

A request is let in before its body is read, which may take its time on purpose. What opens the server must not be made
with a credential that has ended meanwhile, for it would not end with it.
"""

from datetime import datetime
from uuid import UUID

from eliza.access.doorkeeper import CredentialRefused
from eliza.access.principal import LOOPBACK, Principal
from eliza.access.roles import Role
from eliza.auth.standing import KnownKey, KnownPerson
from eliza.db import Database, tables
from eliza.db.taking_part import holds


def require(database: Database, by: Principal, now: datetime) -> None:
    """Inside a unit of work: raises ``CredentialRefused`` for a credential that has ended, or may be less by now.

    Until the unit of work is over nobody ends it, so that whoever does then meets what was made with it.
    """
    kind, _, name = by.credential.partition(":")
    if kind == "key":
        key_id = UUID(name)
        owner = _key(key_id).person
        if owner is not None:  # First, as where they are deleted, and their keys with them.
            database.lock(tables.Person, owner.id)
        database.lock(tables.ApiKey, key_id)
        _require_same(by, _key(key_id).principal(now))
    elif kind == "person":
        person_id = UUID(name.partition(":")[0])
        database.lock(tables.Person, person_id)
        _require_same(by, _person(person_id).principal())
    elif by == LOOPBACK and _is_closed():
        raise CredentialRefused("does not count any more")


def _require_same(by: Principal, now: Principal) -> None:
    if (now.credential, now.role) != (by.credential, by.role):
        raise CredentialRefused("is from before its person was changed")


def _key(key_id: UUID) -> KnownKey:
    row = tables.ApiKey.get_or_none(tables.ApiKey.id == key_id)
    if row is None:
        raise CredentialRefused
    return KnownKey(
        row.id,
        row.name,
        Role(row.role),
        row.scopes,
        row.entity_id,
        row.expires_at,
        row.revoked_at,
        row.last_used_at,
        None if row.person_id is None else _person(row.person_id),
    )


def _person(person_id: UUID) -> KnownPerson:
    row = tables.Person.get_or_none(tables.Person.id == person_id)
    if row is None:
        raise CredentialRefused("belongs to nobody here any more")
    return KnownPerson(row.id, row.username, Role(row.role), row.is_disabled, row.valid_from)


def _is_closed() -> bool:
    return holds(tables.ApiKey, tables.ApiKey.revoked_at.is_null()) or tables.Person.select().exists()
