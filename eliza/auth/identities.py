"""Identities: the principals that keys and people are, as their rows say at this moment."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from eliza.access.authenticator import CredentialRefused
from eliza.access.principal import Principal
from eliza.access.roles import PERMISSIONS, Permission, Role
from eliza.clock import milliseconds


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """The columns of a person that decide whether a request of theirs is admitted."""

    id: UUID
    username: str
    role: Role
    is_disabled: bool
    valid_from: datetime

    @property
    def credential(self) -> str:
        """It changes whenever their tokens end, so that an old one is recognized as ended."""
        return f"person:{self.id}:{milliseconds(self.valid_from)}"

    def principal(self) -> Principal:
        """Raises ``CredentialRefused`` if they are disabled."""
        if self.is_disabled:
            raise CredentialRefused("belongs to somebody who may not come in any more")
        return Principal(self.role, self.username, self.credential, entity_id=self.id)


@dataclass(frozen=True, slots=True)
class KnownKey:
    """The columns of a key that decide whether a request with it is admitted, and its person if it has one."""

    id: UUID
    name: str
    role: Role
    scopes: Iterable[str] | None
    entity_id: UUID | None
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    person: KnownPerson | None

    @property
    def credential(self) -> str:
        return f"key:{self.id}"

    def principal(self, now: datetime) -> Principal:
        """Raises ``CredentialRefused`` if the key is revoked or expired, or its person is disabled."""
        if self.revoked_at is not None:
            raise CredentialRefused("was revoked")
        if self.expires_at is not None and self.expires_at <= now:
            raise CredentialRefused("has expired")
        name, role, entity_id, called = f"the key {self.name}", self.role, self.entity_id, self.name
        if self.person is not None:
            own = self.person.principal()
            name, role, entity_id, called = f"{own.name}, by {name}", lesser(role, own.role), own.entity_id, own.name
        return Principal(role, name, self.credential, entity_id, scopes_of(role, self.scopes), display_name=called)


def require_all_of(by: Principal, role: Role) -> None:
    """Raises ``NotAllowed`` unless ``by`` has every permission of ``role``: nobody can give or take others."""
    for permission in sorted(PERMISSIONS[role]):
        by.require(permission)


def lesser(one: Role, other: Role) -> Role:
    """The one with fewer permissions: a key never has more than its person."""
    return one if PERMISSIONS[one] <= PERMISSIONS[other] else other


def scopes_of(role: Role, given: Iterable[str] | None) -> frozenset[Permission] | None:
    """The permissions a key is limited to; None for all of its role. ``act-as`` alone is added to those of the role."""
    if given is None:
        return None
    wanted = frozenset(given)
    scopes = frozenset(permission for permission in Permission if permission in wanted)
    return PERMISSIONS[role] | scopes if scopes == {Permission.ACT_AS} else scopes
