"""Revalidation: the credential of a request is checked again in the transaction that creates another credential.

A request is admitted before its body is read, and a client can send the body as slowly as it likes. A credential that
is made with one that has been revoked meanwhile would outlive it.
"""

from datetime import datetime
from uuid import UUID

from eliza.access.authenticator import CredentialRefused
from eliza.access.principal import LOOPBACK, Principal
from eliza.auth import lookups
from eliza.auth.identities import KnownKey, KnownPerson
from eliza.db import Database, tables


def require_valid(database: Database, by: Principal, now: datetime) -> None:
    """Inside a unit of work: raises ``CredentialRefused`` if the credential has ended, or its role has changed.

    It is locked until the unit of work is over: whoever revokes it afterwards also finds what was created with it.
    """
    kind, _, name = by.credential.partition(":")
    if kind == "key":
        key_id = UUID(name)
        owner = _key(database, key_id).person
        if owner is not None:  # In the order in which a deletion locks a person and their keys.
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
