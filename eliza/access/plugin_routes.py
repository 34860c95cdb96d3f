"""Plugin routes: who may call what a plugin answers. The plugin says from which role on, and narrowed keys say more."""

from eliza.access.principal import NotAllowed, Principal
from eliza.access.roles import PERMISSIONS, Permission, Role
from eliza.access.rules import PLUGINS


def may_call(principal: Principal, least: Role) -> bool:
    """True for everybody of that role or a higher one. A narrowed key needs ``plugins:use`` by name.

    What is for operators reaches across conversations, so that a key narrowed to its own is not let in.
    """
    if not PERMISSIONS[least] <= PERMISSIONS[principal.role]:
        return False
    if principal.scopes is not None and PLUGINS not in principal.scopes:
        return False
    return principal.sees_all or Permission.CONVERSATIONS_ANY not in PERMISSIONS[least]


def require(principal: Principal, least: Role) -> None:
    """Raises ``NotAllowed``."""
    if not may_call(principal, least):
        raise NotAllowed(PLUGINS)
