"""Plugin routes: who may call them. A plugin names the lowest role; keys with scopes are restricted further."""

from eliza.access.principal import NotAllowed, Principal
from eliza.access.roles import PERMISSIONS, Permission, Role
from eliza.access.rules import PLUGINS


def may_call(principal: Principal, least: Role) -> bool:
    """True for that role and all higher ones. A key with scopes also needs the scope ``plugins:use``.

    Routes for operators reach across conversations, so a key that may not do that cannot call them.
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
