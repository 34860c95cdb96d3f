"""Principal: who is asking, as the credential says."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from eliza.access.roles import PERMISSIONS, Permission, Role
from eliza.errors import ElizaError


class Forbidden(ElizaError):
    """The caller is known, and may not do this."""

    status = 403
    code = "FORBIDDEN"


class NotAllowed(Forbidden):
    def __init__(self, permission: Permission) -> None:
        super().__init__(
            f"This needs the permission {permission}, which your credential does not carry",
            details={"permission": permission},
        )


class NotYourself(Forbidden):
    """Somebody wanted to speak for somebody else."""

    code = "NOT_YOURSELF"

    def __init__(self, field: str) -> None:
        super().__init__(
            f"{field}: your credential speaks for you alone; a key with the scope act-as may speak for others",
            details={"field": field},
        )


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking, and what they may do.

    ``entity_id`` is the one they speak for; None is nobody in particular, and so whomever they name. ``credential``
    names what they brought, by which it is found again when it is revoked: ``open`` for none at all, ``token`` for the
    server's own key, ``key:<id>``, ``person:<id>:<since>``. What they brought ends at ``expires_at``, if a token did. ``name`` is what the audit log calls them; in conversations
    they are ``called`` by their ``display_name``, where it is another. ``scopes`` narrow the role and may add
    ``act-as`` to it.
    """

    role: Role
    name: str
    credential: str
    entity_id: UUID | None = None
    scopes: frozenset[Permission] | None = None
    display_name: str = ""
    expires_at: datetime | None = None

    @property
    def called(self) -> str:
        """What people and agents who talk with them call them."""
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
        """True for who may look into conversations in which they do not take part."""
        return self.may(Permission.CONVERSATIONS_ANY)

    @property
    def scope(self) -> UUID | None:
        """To whose conversations a list is narrowed; None for all of them."""
        return None if self.sees_all else self.entity_id or _NOBODY

    def speak_as(self, given: UUID | None, field: str) -> UUID | None:
        """For whom something is said that names ``given``, or None when neither says so. Raises ``NotYourself``."""
        if given is None or given == self.entity_id:
            return self.entity_id
        if not self.may(Permission.ACT_AS):
            raise NotYourself(field)
        return given


_NOBODY = UUID(int=0)
"""Takes part in nothing."""

LOOPBACK = Principal(Role.OPERATOR, "this machine", "open")
"""Who comes from this machine to a server that nobody has a key for."""
OPERATOR = Principal(Role.OPERATOR, "the server's key", "token")
