"""Services: every long-lived part of a server below HTTP, built in the order in which they need each other."""

from collections.abc import Sequence
from dataclasses import dataclass

from eliza.agents.agents import Agents
from eliza.agents.files import CharacterFiles
from eliza.agents.secrets import CharacterSecrets
from eliza.composition.access import Access, build_access
from eliza.composition.core import Core
from eliza.composition.media import Media, build_media
from eliza.composition.models import build_models
from eliza.composition.turns import TurnServices, build_turns
from eliza.jobs.jobs import Jobs
from eliza.llm.registry import Models
from eliza.llm.types import Provider
from eliza.media.uses import Uses
from eliza.messaging.messaging import Messaging
from eliza.plugins import Plugin
from eliza.sessions.sessions import Sessions
from eliza.vault.unlocking import use_current_key

_SWEEP_SECONDS = 1.0
_DEADLINES_SECONDS = 1.0
_PRUNE_LOGS_SECONDS = 60.0
_PRUNE_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Services:
    core: Core
    messaging: Messaging
    media: Media
    models: Models
    agents: Agents
    turns: TurnServices
    sessions: Sessions
    jobs: Jobs
    access: Access

    @classmethod
    def build(cls, core: Core, plugins: Sequence[Plugin], providers: Sequence[Provider]) -> "Services":
        """Build all of them; none works in the background yet. Raises ``ConfigurationError``."""
        settings, database, clock = core.settings, core.database, core.clock
        messaging = _build_messaging(core)
        media = build_media(core)
        models = build_models(plugins, providers, settings.env)
        agents = _build_agents(core, plugins)
        turns = build_turns(core, messaging.messages, media, models, agents)
        sessions = Sessions(database, clock, agents, messaging.channels, messaging.arrivals, settings.sessions)
        jobs = Jobs(database, clock, agents, messaging.channels, messaging.messages)
        access = build_access(core, messaging, turns, sessions, jobs)
        return cls(core, messaging, media, models, agents, turns, sessions, jobs, access)

    def start(self) -> None:
        """Begin the periodic work, and let agents answer."""
        every, messaging = self.core.background.every, self.messaging
        every(_SWEEP_SECONDS, lambda: messaging.announcements.sweep(messaging.messages.get))
        every(_DEADLINES_SECONDS, self.turns.approvals.expire)
        every(_PRUNE_LOGS_SECONDS, self.turns.agent_logs.prune)
        every(self.core.settings.sessions.sweep_minutes * 60, self.sessions.sweep)
        every(_PRUNE_SECONDS, self.jobs.prune)
        self.turns.workers.start()

    def stop(self, timeout: float) -> None:
        """Let running turns end for up to ``timeout`` seconds, and give back the others."""
        self.turns.workers.stop(timeout)
        self.core.background.stop(timeout)
        if self.core.settings.sessions.end_on_shutdown:
            self.sessions.end_all()


def _build_messaging(core: Core) -> Messaging:
    uses = Uses(core.database)
    messaging = Messaging.build(core.database, core.clock, core.bus, when_posted=uses.note, when_edited=uses.revise)
    messaging.servers.ensure_default()
    return messaging


def _build_agents(core: Core, plugins: Sequence[Plugin]) -> Agents:
    settings = core.settings
    secrets = CharacterSecrets(core.vault, core.redaction.learn)
    agents = Agents(core.database, core.clock, core.bus, plugins, secrets)
    use_current_key(core.database, core.vault, agents.reencrypt)
    CharacterFiles(agents, settings.characters_dir, settings.characters).load()
    return agents
