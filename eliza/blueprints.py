"""Blueprints: every route of the API, in the order in which they are asked."""

from eliza.agents.routes import bp as agents_routes
from eliza.agents.world_routes import bp as world_routes
from eliza.approvals.routes import bp as approval_routes
from eliza.audio.routes import bp as audio_routes
from eliza.audit.routes import bp as audit_routes
from eliza.auth.key_routes import bp as key_routes
from eliza.auth.people_routes import bp as people_routes
from eliza.auth.routes import bp as auth_routes
from eliza.budgets.routes import bp as budget_routes
from eliza.jobs.routes import bp as jobs_routes
from eliza.logs.routes import bp as log_routes
from eliza.media.file_routes import bp as file_routes
from eliza.media.routes import agents as agent_media_routes
from eliza.media.routes import channels as channel_media_routes
from eliza.memory.room_routes import bp as room_routes
from eliza.memory.routes import bp as memory_routes
from eliza.messaging.bridge_routes import bp as bridge_routes
from eliza.messaging.channel_routes import bp as channel_routes
from eliza.messaging.message_routes import bp as message_routes
from eliza.messaging.server_routes import bp as server_routes
from eliza.runs.routes import bp as runs_routes
from eliza.sessions.routes import bp as sessions_routes
from eliza.system.description_routes import bp as description_routes
from eliza.system.operation_routes import bp as operation_routes
from eliza.system.routes import bp as system_routes

BLUEPRINTS = (
    system_routes,
    operation_routes,
    log_routes,
    auth_routes,
    key_routes,
    people_routes,
    audit_routes,
    description_routes,
    world_routes,
    agents_routes,
    memory_routes,
    room_routes,
    runs_routes,
    server_routes,
    channel_routes,
    message_routes,
    bridge_routes,
    sessions_routes,
    jobs_routes,
    budget_routes,
    approval_routes,
    agent_media_routes,
    channel_media_routes,
    file_routes,
    audio_routes,
)
