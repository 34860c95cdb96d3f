"""Lookups: the queries by which each request finds its key or person. Call them inside ``read`` or ``write``."""

from typing import Any
from uuid import UUID

from peewee import JOIN, Select, fn

from eliza.access.roles import Role
from eliza.auth.identities import KnownKey, KnownPerson
from eliza.db import Database, tables
from eliza.db.statement import Statement, param

_person, _key = tables.Person, tables.ApiKey
_OF_PERSON = (_person.id, _person.username, _person.role, _person.is_disabled, _person.valid_from)
_OF_KEY = (
    *(_key.id, _key.name, _key.role, _key.scopes, _key.entity_id),
    *(_key.expires_at, _key.revoked_at, _key.last_used_at),
)


def person(database: Database, person_id: UUID) -> KnownPerson | None:
    return _first_person(database.run(_PERSON_BY_ID, id=person_id))


def person_of_subject(database: Database, subject: str) -> KnownPerson | None:
    return _first_person(database.run(_PERSON_BY_SUBJECT, subject=subject))


def key(database: Database, key_id: UUID) -> KnownKey | None:
    """Also one that is revoked or expired."""
    return _first_key(database.run(_KEY_BY_ID, id=key_id))


def key_of_hash(database: Database, kept: str) -> KnownKey | None:
    """The key whose secret has this hash, also one that is revoked or expired."""
    return _first_key(database.run(_KEY_BY_HASH, hash=kept))


def is_anybody_known(database: Database) -> bool:
    """True if there is a person or an unrevoked key. Expired keys count: no server may open by the passing of time."""
    return bool(database.run(_ANYBODY)[0][0])


def _keys_with_people() -> Any:
    return _key.select(*_OF_KEY, *_OF_PERSON).join(_person, JOIN.LEFT_OUTER)


_PERSON_BY_ID = Statement(lambda: _person.select(*_OF_PERSON).where(_person.id == param("id", _person.id)))
_PERSON_BY_SUBJECT = Statement(lambda: _person.select(*_OF_PERSON).where(_person.subject == param("subject")))
_KEY_BY_ID = Statement(lambda: _keys_with_people().where(_key.id == param("id", _key.id)))
_KEY_BY_HASH = Statement(lambda: _keys_with_people().where(_key.hash == param("hash")))
_ANYBODY = Statement(
    lambda: Select(
        columns=[
            fn.EXISTS(_key.select(_key.id).where(_key.revoked_at.is_null())) | fn.EXISTS(_person.select(_person.id))
        ]
    )
)


def _first_person(rows: list[tuple[Any, ...]]) -> KnownPerson | None:
    return _known_person(*rows[0]) if rows else None


def _first_key(rows: list[tuple[Any, ...]]) -> KnownKey | None:
    if not rows:
        return None
    key_id, name, role, scopes, entity_id, expires_at, revoked_at, last_used_at, *of_person = rows[0]
    owner = None if of_person[0] is None else _known_person(*of_person)
    return KnownKey(key_id, name, Role(role), scopes, entity_id, expires_at, revoked_at, last_used_at, owner)


def _known_person(person_id: UUID, username: str, role: str, *rest: Any) -> KnownPerson:
    return KnownPerson(person_id, username, Role(role), *rest)
