"""Principal: who is asking, as the credential says."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from eliza.access.roles import PERMISSIONS, Permission, Role
from eliza.errors import ElizaError


class Forbidden(ElizaError):
    """The caller is authenticated but may not do this."""

    status = 403
    code = "FORBIDDEN"


class NotAllowed(Forbidden):
    def __init__(self, permission: Permission) -> None:
        super().__init__(
            f"This needs the permission {permission}, which your credential does not have",
            details={"permission": permission},
        )


class NotYourself(Forbidden):
    """The caller tried to speak for somebody else."""

    code = "NOT_YOURSELF"

    def __init__(self, field: str) -> None:
        super().__init__(
            f"{field}: your credential may speak only for you; use a key with the scope act-as to speak for others",
            details={"field": field},
        )


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking, and what they may do.

    - ``entity_id`` is the entity they speak for; None means nobody in particular, so they may name anyone.
    - ``credential`` identifies what they authenticated with, so that it can be looked up again after it was revoked:
      ``open`` for none, ``token`` for the server's own key, ``key:<id>``, ``person:<id>:<since>``. It ends at
      ``expires_at`` if it was a token.
    - ``name`` is used in the audit log, ``display_name`` (if set) in conversations.
    - ``scopes`` narrow the role; they may add ``act-as`` to it.
    """

    role: Role
    name: str
    credential: str
    entity_id: UUID | None = None
    scopes: frozenset[Permission] | None = None
    display_name: str = ""
    expires_at: datetime | None = None

    @property
    def shown_name(self) -> str:
        """The name that people and agents in a conversation see."""
        return self.display_name or self.name

    def may(self, permission: Permission) -> bool:
        if permission is Permission.ACT_AS:
            return self.entity_id is None if self.scopes is None else permission in self.scopes
        return permission in PERMISSIONS[self.role] and (self.scopes is None or permission in self.scopes)

    def require(self, permission: Permission) -> None:
        """Raises ``NotAllowed``."""
        if not self.may(permission):
            raise NotAllowed(permission)

    @property
    def sees_all(self) -> bool:
        """True if they may read conversations in which they do not take part."""
        return self.may(Permission.CONVERSATIONS_ANY)

    @property
    def scope(self) -> UUID | None:
        """The entity whose conversations a list is limited to; None means all conversations."""
        return None if self.sees_all else self.entity_id or _NOBODY

    def speak_as(self, given: UUID | None, field: str) -> UUID | None:
        """The entity to speak for: ``given`` if it is allowed, else their own. Raises ``NotYourself``."""
        if given is None or given == self.entity_id:
            return self.entity_id
        if not self.may(Permission.ACT_AS):
            raise NotYourself(field)
        return given


_NOBODY = UUID(int=0)
"""An entity that takes part in no conversation."""

LOOPBACK = Principal(Role.OPERATOR, "this machine", "open")
"""A local caller of a server that has no credentials configured."""
OPERATOR = Principal(Role.OPERATOR, "the server's key", "token")
