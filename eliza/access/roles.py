"""Roles: the permissions of each role. SECURITY.md shows this table, and the tests check every cell of it."""

from enum import StrEnum


class Permission(StrEnum):
    """What a route or a socket event requires, and what the scopes of a key can contain."""

    AGENTS_READ = "agents:read"
    SERVERS_READ = "servers:read"
    CHANNELS_READ = "channels:read"
    MESSAGES_READ = "messages:read"
    MEMORIES_READ = "memories:read"
    FILES_READ = "files:read"
    SESSIONS_READ = "sessions:read"
    JOBS_READ = "jobs:read"
    APPROVALS_READ = "approvals:read"
    DOCS_READ = "docs:read"

    CHANNELS_WRITE = "channels:write"
    MESSAGES_WRITE = "messages:write"
    FILES_WRITE = "files:write"
    SESSIONS_WRITE = "sessions:write"
    JOBS_WRITE = "jobs:write"
    AUDIO_USE = "audio:use"
    APPROVALS_DECIDE = "approvals:decide"
    KEYS_OWN = "keys:own"

    AGENTS_WRITE = "agents:write"
    SERVERS_WRITE = "servers:write"
    MEMORIES_WRITE = "memories:write"
    RUNS_READ = "runs:read"
    LOGS_READ = "logs:read"
    LOGS_WRITE = "logs:write"
    BRIDGE_WRITE = "bridge:write"
    PLUGINS_USE = "plugins:use"
    SERVER_OPERATE = "server:operate"
    CONVERSATIONS_ANY = "conversations:any"
    """See and change conversations without taking part in them."""

    KEYS_MANAGE = "keys:manage"
    PEOPLE_MANAGE = "people:manage"
    AUDIT_READ = "audit:read"

    ACT_AS = "act-as"
    """Speak for others. No role includes it: a key needs the scope, or belongs to no entity."""


class Role(StrEnum):
    VIEWER = "viewer"
    MEMBER = "member"
    OPERATOR = "operator"
    ADMIN = "admin"


_VIEWER = frozenset(
    {
        Permission.AGENTS_READ,
        Permission.SERVERS_READ,
        Permission.CHANNELS_READ,
        Permission.MESSAGES_READ,
        Permission.MEMORIES_READ,
        Permission.FILES_READ,
        Permission.SESSIONS_READ,
        Permission.JOBS_READ,
        Permission.APPROVALS_READ,
        Permission.DOCS_READ,
    }
)
_MEMBER = _VIEWER | {
    Permission.CHANNELS_WRITE,
    Permission.MESSAGES_WRITE,
    Permission.FILES_WRITE,
    Permission.SESSIONS_WRITE,
    Permission.JOBS_WRITE,
    Permission.AUDIO_USE,
    Permission.APPROVALS_DECIDE,
    Permission.KEYS_OWN,
}
_OPERATOR = _MEMBER | {
    Permission.AGENTS_WRITE,
    Permission.SERVERS_WRITE,
    Permission.MEMORIES_WRITE,
    Permission.RUNS_READ,
    Permission.LOGS_READ,
    Permission.LOGS_WRITE,
    Permission.BRIDGE_WRITE,
    Permission.PLUGINS_USE,
    Permission.SERVER_OPERATE,
    Permission.CONVERSATIONS_ANY,
}
_ADMIN = _OPERATOR | {Permission.KEYS_MANAGE, Permission.PEOPLE_MANAGE, Permission.AUDIT_READ}

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.VIEWER: _VIEWER,
    Role.MEMBER: _MEMBER,
    Role.OPERATOR: _OPERATOR,
    Role.ADMIN: _ADMIN,
}
