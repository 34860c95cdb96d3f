"""Standing: what a key's and a person's row make of whoever brings it, now."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from eliza.access.doorkeeper import CredentialRefused
from eliza.access.principal import Principal
from eliza.access.roles import PERMISSIONS, Permission, Role
from eliza.clock import milliseconds


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """What counts of a person when they want to come in."""

    id: UUID
    username: str
    role: Role
    is_disabled: bool
    valid_from: datetime

    @property
    def credential(self) -> str:
        """Another one after each change that ends tokens, so that what goes by the old one is known to be over."""
        return f"person:{self.id}:{milliseconds(self.valid_from)}"

    def principal(self) -> Principal:
        """Raises ``CredentialRefused`` for who is disabled."""
        if self.is_disabled:
            raise CredentialRefused("belongs to somebody who may not come in any more")
        return Principal(self.role, self.username, self.credential, entity_id=self.id)


@dataclass(frozen=True, slots=True)
class KnownKey:
    """What counts of a key when it is brought."""

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
        """Raises ``CredentialRefused`` for a key that is revoked or expired, or whose person is disabled."""
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
    """Raises ``NotAllowed`` for who may less than ``role``: nobody gives or takes what they do not have."""
    for permission in sorted(PERMISSIONS[role]):
        by.require(permission)


def lesser(one: Role, other: Role) -> Role:
    """Whichever may do less: nobody's key may more than they may."""
    return one if PERMISSIONS[one] <= PERMISSIONS[other] else other


def scopes_of(role: Role, given: Iterable[str] | None) -> frozenset[Permission] | None:
    """What a key is narrowed to. ``act-as`` alone narrows nothing: it comes on top of all that the role may."""
    if given is None:
        return None
    wanted = frozenset(given)
    scopes = frozenset(permission for permission in Permission if permission in wanted)
    return PERMISSIONS[role] | scopes if scopes == {Permission.ACT_AS} else scopes
