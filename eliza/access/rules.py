"""Rules: the permission that each route and each socket event requires. What is not listed here is refused.

Routes are listed by the name of their view, which covers all their addresses. The permission is not the only check: a
caller who may not see all conversations reaches only their own. ``eliza.http.path_guards`` checks every id in a path;
each package checks the ids in a body and narrows its lists.
"""

from collections.abc import Mapping
from types import MappingProxyType

from eliza.access.roles import Permission as P  # noqa: N817  # A table of one word a line is read, not called.

OUTSIDE: frozenset[str] = frozenset(
    {"web.document", "description.docs", "static", "system.alive", "system.health_for_probes"}
)
"""Not checked by the gate: pages, which are the same for everybody, and health probes."""

PUBLIC: frozenset[str] = frozenset({"auth.register", "auth.log_in", "auth.log_out", "auth.how"})
"""Open without a credential: signing in, signing out and registering."""

ANY_CREDENTIAL: frozenset[str] = frozenset(
    {
        "auth.me",
        "auth.refresh",
        "auth.change_password",
        "system.hello",
        "system.ping",
        "system.health",
        "system.status",
        "system.version",
        "system.config",
        "system.models",
        "web.elsewhere",
    }
)
"""Open to every credential, whatever its permissions. ``web.elsewhere`` answers 404."""

ROUTES: Mapping[str, P] = MappingProxyType(
    {
        # Agents
        "agents.list_agents": P.AGENTS_READ,
        "agents.get_agent": P.AGENTS_READ,
        "agents.create_agent": P.AGENTS_WRITE,
        "agents.update_agent": P.AGENTS_WRITE,
        "agents.delete_agent": P.AGENTS_WRITE,
        "agents.start_agent": P.AGENTS_WRITE,
        "agents.stop_agent": P.AGENTS_WRITE,
        "worlds.list_worlds": P.RUNS_READ,
        "worlds.list_agent_worlds": P.RUNS_READ,
        "worlds.add_world": P.AGENTS_WRITE,
        "worlds.change_world": P.AGENTS_WRITE,
        "worlds.delete_world": P.AGENTS_WRITE,
        "panels.panels": P.AGENTS_READ,
        # What agents remember and did
        "memories.list_memories": P.MEMORIES_READ,
        "memories.list_room_memories": P.MEMORIES_READ,
        "memories.change_memory": P.MEMORIES_WRITE,
        "memories.delete_memories": P.MEMORIES_WRITE,
        "memories.delete_room_memories": P.MEMORIES_WRITE,
        "memories.delete_memory": P.MEMORIES_WRITE,
        "rooms.list_rooms": P.MEMORIES_READ,
        "rooms.get_room": P.MEMORIES_READ,
        "rooms.create_room": P.MEMORIES_WRITE,
        "rooms.delete_room": P.MEMORIES_WRITE,
        "rooms.create_group": P.MEMORIES_WRITE,
        "rooms.delete_group": P.MEMORIES_WRITE,
        "rooms.forget_group": P.MEMORIES_WRITE,
        "runs.list_runs": P.RUNS_READ,
        "runs.get_run": P.RUNS_READ,
        "runs.list_logs": P.LOGS_READ,
        "runs.delete_log": P.LOGS_WRITE,
        # Message servers
        "message servers.current_server": P.SERVERS_READ,
        "message servers.list_servers": P.SERVERS_READ,
        "message servers.list_central_servers": P.SERVERS_READ,
        "message servers.message_server": P.SERVERS_READ,
        "message servers.list_server_agents": P.SERVERS_READ,
        "message servers.list_agent_servers": P.SERVERS_READ,
        "message servers.list_channels": P.CHANNELS_READ,
        "message servers.create_server": P.SERVERS_WRITE,
        "message servers.update_server": P.SERVERS_WRITE,
        "message servers.delete_server": P.SERVERS_WRITE,
        "message servers.sync_channels": P.SERVERS_WRITE,
        "message servers.add_server_agent": P.SERVERS_WRITE,
        "message servers.remove_server_agent": P.SERVERS_WRITE,
        # Channels and messages
        "channels.channel_details": P.CHANNELS_READ,
        "channels.channel_participants": P.CHANNELS_READ,
        "channels.channel_agents": P.CHANNELS_READ,
        "channels.read_states": P.CHANNELS_READ,
        "channels.mark_read": P.CHANNELS_READ,
        "channels.create_channel": P.CHANNELS_WRITE,
        "channels.direct_channel": P.CHANNELS_WRITE,
        "channels.add_channel_participants": P.CHANNELS_WRITE,
        "channels.remove_channel_participant": P.CHANNELS_WRITE,
        "channels.add_channel_agent": P.CHANNELS_WRITE,
        "channels.remove_channel_agent": P.CHANNELS_WRITE,
        "channels.generate_title": P.CHANNELS_WRITE,
        "channels.update_channel": P.CHANNELS_WRITE,
        "channels.delete_channel": P.CHANNELS_WRITE,
        "messages.list_messages": P.MESSAGES_READ,
        "messages.get_message": P.MESSAGES_READ,
        "messages.search_messages": P.MESSAGES_READ,
        "messages.post_message": P.MESSAGES_WRITE,
        "messages.update_message": P.MESSAGES_WRITE,
        "messages.delete_message": P.MESSAGES_WRITE,
        "messages.clear_channel": P.CHANNELS_WRITE,
        "bridge.submit": P.BRIDGE_WRITE,
        "bridge.act": P.BRIDGE_WRITE,
        "bridge.revise_action": P.BRIDGE_WRITE,
        "bridge.ingest_external": P.BRIDGE_WRITE,
        "bridge.complete": P.BRIDGE_WRITE,
        # Sessions and jobs
        "sessions.sessions_health": P.SESSIONS_READ,
        "sessions.list_sessions": P.SESSIONS_READ,
        "sessions.get_session": P.SESSIONS_READ,
        "sessions.list_session_messages": P.SESSIONS_READ,
        "sessions.begin_session": P.SESSIONS_WRITE,
        "sessions.delete_session": P.SESSIONS_WRITE,
        "sessions.post_session_message": P.SESSIONS_WRITE,
        "sessions.renew_session": P.SESSIONS_WRITE,
        "sessions.set_timeout": P.SESSIONS_WRITE,
        "sessions.beat": P.SESSIONS_WRITE,
        "jobs.jobs_health": P.JOBS_READ,
        "jobs.list_jobs": P.JOBS_READ,
        "jobs.get_job": P.JOBS_READ,
        "jobs.create_job": P.JOBS_WRITE,
        # Files and sound
        "agent media.upload_for_agent": P.FILES_WRITE,
        "channel media.upload_for_channel": P.FILES_WRITE,
        "channel media.upload_media_for_channel": P.FILES_WRITE,
        "files.agent_file": P.FILES_READ,
        "files.channel_file": P.FILES_READ,
        "files.generated_file": P.FILES_READ,
        "audio.transcribe": P.AUDIO_USE,
        "audio.receive_audio_message": P.AUDIO_USE,
        "audio.generate_speech": P.AUDIO_USE,
        "audio.synthesize": P.AUDIO_USE,
        "audio.converse": P.AUDIO_USE,
        "audio.process_speech": P.AUDIO_USE,
        # The server
        "server log.list_lines": P.LOGS_READ,
        "server log.note_lines": P.LOGS_READ,
        "server log.clear_lines": P.LOGS_WRITE,
        "system.servers": P.SERVER_OPERATE,
        "operation.stop": P.SERVER_OPERATE,
        "operation.read_environment": P.SERVER_OPERATE,
        "operation.write_environment": P.SERVER_OPERATE,
        "description.openapi": P.DOCS_READ,
        # Who may do all that
        "keys.list_keys": P.KEYS_OWN,
        "keys.create_key": P.KEYS_OWN,
        "keys.revoke_key": P.KEYS_OWN,
        "people.list_people": P.PEOPLE_MANAGE,
        "people.create_person": P.PEOPLE_MANAGE,
        "people.get_person": P.PEOPLE_MANAGE,
        "people.change_person": P.PEOPLE_MANAGE,
        "people.delete_person": P.PEOPLE_MANAGE,
        "audit.list_entries": P.AUDIT_READ,
        "approvals.list_approvals": P.APPROVALS_READ,
        "approvals.get_approval": P.APPROVALS_READ,
        "approvals.decide": P.APPROVALS_DECIDE,
        "budgets.list_spending": P.RUNS_READ,
    }
)

EVENTS: Mapping[str, P] = MappingProxyType(
    {
        "join": P.MESSAGES_READ,
        "leave": P.MESSAGES_READ,
        "send": P.MESSAGES_WRITE,
        "typing": P.MESSAGES_WRITE,
        "mark_read": P.CHANNELS_READ,
        "subscribe_logs": P.LOGS_READ,
        "unsubscribe_logs": P.LOGS_READ,
        "update_log_filters": P.LOGS_READ,
    }
)
"""What a client may send over a socket. ``join`` and ``send`` also come as a ``message`` of type 1 and 2."""

PLUGINS = P.PLUGINS_USE
"""What the routes of plugins ask for, where the plugin does not open them to more; see ``plugin_routes``."""

CROSS_CONVERSATION: frozenset[P] = frozenset({P.RUNS_READ, P.LOGS_READ, P.LOGS_WRITE, P.MEMORIES_WRITE, P.PLUGINS_USE})
"""What these open reaches across conversations, so that they are worth something only with ``conversations:any``."""


def view_of(endpoint: str) -> str:
    """The name a route stands under, for any of its addresses."""
    return endpoint.partition(" as ")[0]
