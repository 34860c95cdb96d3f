"""Upheld: whoever asked may still ask, in the moment in which it is done.

A request is let in before its body is read, which may take its time on purpose. What opens the server must not be made
with a credential that has ended meanwhile, for it would not end with it.
"""

from datetime import datetime
from uuid import UUID

from eliza.access.doorkeeper import CredentialRefused
from eliza.access.principal import LOOPBACK, Principal
from eliza.auth import lookups
from eliza.auth.standing import KnownKey, KnownPerson
from eliza.db import Database, tables


def require(database: Database, by: Principal, now: datetime) -> None:
    """Inside a unit of work: raises ``CredentialRefused`` for a credential that has ended, or may be less by now.

    Until the unit of work is over nobody ends it, so that whoever does then meets what was made with it.
    """
    kind, _, name = by.credential.partition(":")
    if kind == "key":
        key_id = UUID(name)
        owner = _key(database, key_id).person
        if owner is not None:  # First, as where they are deleted, and their keys with them.
            database.lock(tables.Person, owner.id)
        database.lock(tables.ApiKey, key_id)
        _require_same(by, _key(database, key_id).principal(now))
    elif kind == "person":
        person_id = UUID(name.partition(":")[0])
        database.lock(tables.Person, person_id)
        _require_same(by, _person(database, person_id).principal())
    elif by == LOOPBACK and lookups.is_anybody_known(database):
        raise CredentialRefused("does not count any more")


def _require_same(by: Principal, now: Principal) -> None:
    if (now.credential, now.role) != (by.credential, by.role):
        raise CredentialRefused("is from before its person was changed")


def _key(database: Database, key_id: UUID) -> KnownKey:
    found = lookups.key(database, key_id)
    if found is None:
        raise CredentialRefused
    return found


def _person(database: Database, person_id: UUID) -> KnownPerson:
    found = lookups.person(database, person_id)
    if found is None:
        raise CredentialRefused("belongs to nobody here any more")
    return found
