"""Access: who is calling, how often they may, and which ids in a path they can path_guards."""

from dataclasses import dataclass

from eliza.approvals.approvals import ApprovalNotFound
from eliza.auth.auth import Auth
from eliza.composition.core import Core
from eliza.composition.turns import TurnServices
from eliza.http.gate import Gate
from eliza.http.limits import RateLimits
from eliza.http.passes import Passes
from eliza.http.path_guards import PathGuards
from eliza.http.same_site import SameSite
from eliza.jobs.jobs import JobNotFound, Jobs
from eliza.logs.agent_logs import LogNotFound
from eliza.memory.guards import room_guard
from eliza.memory.recollections import MemoryNotFound, Recollections
from eliza.memory.rooms import Rooms
from eliza.memory.worlds import WorldNotFound, Worlds
from eliza.messaging.guards import ChannelGuards
from eliza.messaging.messaging import Messaging
from eliza.runs.runs import RunNotFound, Runs
from eliza.sessions.session import SessionNotFound
from eliza.sessions.sessions import Sessions


@dataclass(frozen=True, slots=True)
class Access:
    auth: Auth
    rates: RateLimits
    path_guards: PathGuards
    gate: Gate


def build_access(core: Core, messaging: Messaging, turns: TurnServices, sessions: Sessions, jobs: Jobs) -> Access:
    """Raises ``ConfigurationError`` for settings of tokens or limits that cannot be used."""
    settings = core.settings
    rates = RateLimits(settings)
    auth = Auth.build(settings, core.database, core.clock, core.bus, core.background, core.vault, rates)
    path_guards = PathGuards()
    ChannelGuards(messaging.channels, messaging.rights).install(path_guards)
    _guard_ids(path_guards, core, turns, sessions, jobs)
    passes = Passes(core.vault.derive("media") + (settings.auth_token or "").encode())
    gate = Gate(settings, auth.credentials, rates, path_guards, passes, SameSite(settings.cors_origins))
    return Access(auth, rates, path_guards, gate)


def _guard_ids(path_guards: PathGuards, core: Core, turns: TurnServices, sessions: Sessions, jobs: Jobs) -> None:
    database, clock = core.database, core.clock
    path_guards.guard_id("session_id", sessions.is_of, SessionNotFound)
    path_guards.guard_id("job_id", jobs.is_of, JobNotFound)
    path_guards.guard_id("approval_id", turns.approvals.is_within, ApprovalNotFound)
    path_guards.guard("room_id", room_guard(Rooms(database, clock)))
    path_guards.guard_id("memory_id", Recollections(database, clock).is_within, MemoryNotFound)
    path_guards.guard_id("world_id", Worlds(database, clock).is_within, WorldNotFound)
    path_guards.guard_id("run_id", Runs(database).is_within, RunNotFound)
    path_guards.guard_id("log_id", turns.agent_logs.is_within, LogNotFound)
