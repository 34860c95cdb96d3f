"""Key: a named API key as it is stored, one to be created, and the errors that keys raise."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from eliza.access.roles import Permission, Role
from eliza.db import tables
from eliza.errors import Conflict, NotFound

MOST_OWN = 100
"""The number of keys that somebody may have who does not manage keys."""


class KeyNotFound(NotFound):
    code = "KEY_NOT_FOUND"

    def __init__(self, key_id: UUID) -> None:
        super().__init__(f"Key {key_id} not found")


class TooManyKeys(Conflict):
    code = "TOO_MANY_KEYS"

    def __init__(self) -> None:
        super().__init__(f"You have {MOST_OWN} keys; revoke one of them before you make another")


@dataclass(frozen=True, slots=True)
class Draft:
    """A key to be created.

    Without an owner it belongs to its creator, and to nobody if the creator's credential names no entity. Without a
    role it gets that of a member, or a lesser one if that is what its creator has.
    """

    name: str
    role: Role | None = None
    scopes: frozenset[Permission] | None = None
    expires_at: datetime | None = None
    person_id: UUID | None = None
    entity_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is known of a key, which is not the secret itself. ``entity_id`` is its person's id if it has a person."""

    id: UUID
    name: str
    role: Role
    scopes: tuple[str, ...] | None
    person_id: UUID | None
    entity_id: UUID | None
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None

    @classmethod
    def of(cls, row: tables.ApiKey) -> "ApiKey":
        return cls(
            id=row.id,
            name=row.name,
            role=Role(row.role),
            scopes=None if row.scopes is None else tuple(row.scopes),
            person_id=row.person_id,
            entity_id=row.person_id or row.entity_id,
            created_by=row.created_by,
            created_at=row.created_at,
            expires_at=row.expires_at,
            last_used_at=row.last_used_at,
            revoked_at=row.revoked_at,
        )

    @property
    def for_audit(self) -> dict[str, object]:
        return {
            "name": self.name,
            "role": self.role,
            "scopes": self.scopes,
            "entity": None if self.entity_id is None else str(self.entity_id),
        }
