"""AgentServer: builds every long-lived part of the server, in order, and ends them in the opposite one."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Flask

from eliza.agents.agents import AgentRecord, Agents
from eliza.agents.files import CharacterFiles
from eliza.agents.safe import Safe
from eliza.approvals.approvals import ApprovalNotFound, Approvals
from eliza.audio.hearing import Hearing
from eliza.audio.talks import Talks
from eliza.audio.voice import Voice
from eliza.audit.audit import Audit
from eliza.auth.auth import Auth
from eliza.auth.beyond import require_a_key
from eliza.background import Background, Greenlets
from eliza.blueprints import BLUEPRINTS
from eliza.budgets.budgets import Budgets
from eliza.budgets.prices import Prices
from eliza.clock import SystemClock
from eliza.config import Settings
from eliza.db import Database
from eliza.db.instance import InstanceLock
from eliza.events import Bus, Message
from eliza.extensions.routes import open_routes
from eliza.http import addresses, body, compression, envelope, proxies, security
from eliza.http.current import provide
from eliza.http.gate import Gate
from eliza.http.limits import RateLimits
from eliza.http.passes import Passes
from eliza.http.reach import Reach
from eliza.http.same_site import SameSite
from eliza.ids import DEFAULT_MESSAGE_SERVER
from eliza.jobs.jobs import JobNotFound, Jobs
from eliza.llm.anthropic import AnthropicProvider
from eliza.llm.classic import Classic
from eliza.llm.embedded.provider import EmbeddedProvider
from eliza.llm.ollama import OllamaProvider
from eliza.llm.openai import OpenAIProvider
from eliza.llm.registry import Models, table_lines
from eliza.llm.types import Closable, Provider
from eliza.logs.agent_logs import AgentLogs, LogNotFound
from eliza.logs.redaction import Redaction
from eliza.logs.server_log import ServerLog
from eliza.media.generated import Generated
from eliza.media.shown import ShownFiles
from eliza.media.sweep import Sweep
from eliza.media.uploads import Uploads
from eliza.media.uses import Uses
from eliza.memory.conversation import Conversation
from eliza.memory.groups import Groups
from eliza.memory.memories import Memories
from eliza.memory.reach import of_rooms
from eliza.memory.recollections import MemoryNotFound, Recollections
from eliza.memory.rooms import Rooms
from eliza.memory.worlds import WorldNotFound, Worlds
from eliza.messaging.channels import Channel
from eliza.messaging.guards import Guards
from eliza.messaging.messages import Draft
from eliza.messaging.messaging import Messaging
from eliza.messaging.servers import MessageServer
from eliza.messaging.titles import Titles
from eliza.outgoing import Frontier, Outgoing
from eliza.plugins import BUILT_IN, Plugin
from eliza.realtime.realtime import open_sockets
from eliza.realtime.transport import run
from eliza.runs.runs import RunNotFound, Runs
from eliza.runtime.character import Character
from eliza.runtime.components import ApprovalPolicy
from eliza.runtime.pipeline import Pipeline
from eliza.sessions.session import SessionNotFound
from eliza.sessions.sessions import Sessions
from eliza.system.environment import EnvironmentFile
from eliza.system.stopping import Stopping
from eliza.turns.guard import Limits
from eliza.turns.owner import Owner
from eliza.turns.pauses import Pauses
from eliza.turns.questions import StoredQuestions
from eliza.turns.turns import Turns
from eliza.turns.workers import TurnWorkers
from eliza.vault.unlocking import settle, unlock
from eliza.web.page import page_of
from eliza.web.routes import routes_of

log = logging.getLogger(__name__)

Middleware = Callable[[Any], Any]

_ROOT = Path(__file__).parent.parent
_ALL = 1_000_000
_SWEEP_SECONDS = 1.0
_DEADLINES_SECONDS = 1.0
_PRUNE_LOGS_SECONDS = 60.0
_PRUNE_SECONDS = 300.0
_PREDECESSOR_SECONDS = 15.0


class AgentServer:
    """The whole server, also as a library.

    ``initialize`` makes it ready, ``start`` serves until ``stop``. The program that embeds it calls
    ``gevent.monkey.patch_all()`` before any other import. ``middlewares`` wrap the WSGI application, the first
    outermost. ``providers`` are asked for models besides the built-in ones, ``plugins`` add to what agents can do.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        data_dir: str | Path | None = None,
        postgres_url: str | None = None,
        middlewares: Sequence[Middleware] = (),
        plugins: Sequence[Plugin] = (),
        providers: Sequence[Provider] | None = None,
        background: Background | None = None,
        clock: SystemClock | None = None,
    ) -> None:
        settings = settings or Settings()
        if data_dir is not None:
            settings = replace(settings, data_dir=Path(data_dir).absolute())
        self.settings = replace(settings, postgres_url=postgres_url) if postgres_url else settings
        self.is_initialized = False
        self._middlewares = tuple(middlewares)
        self._plugins = (*BUILT_IN, *plugins)
        self._providers = tuple(providers) if providers is not None else built_in_providers(self.settings.data_dir)
        self._background = background or Greenlets()
        self._clock = clock or SystemClock()
        self._lock = InstanceLock(self.settings.data_dir)
        self._bus = Bus(self._background.run)
        self.redaction = Redaction.for_settings(self.settings)
        self._server_log = ServerLog(self._bus, self.redaction)
        self._stopping = Stopping(self._background)

    @property
    def is_web_ui_enabled(self) -> bool:
        return self.settings.ui_enabled

    def initialize(self) -> "AgentServer":
        """Database, default message server, models, agents, HTTP, sockets: in this order. Twice is once.

        Raises ``ConfigurationError`` when the server cannot run as it is set up.
        """
        if self.is_initialized:
            return self
        self._server_log.open()
        self.database = self._open_database()
        self._vault = unlock(self.database, self.settings.data_dir, self.settings.secret_keys)
        self._build_messaging()
        self._build_media()
        self._build_agents()
        self._build_turns()
        self._build_conversations()
        self._build_access()
        self._build_http()
        self._build_sockets()
        messaging = self._messaging
        self._background.every(_SWEEP_SECONDS, lambda: messaging.announcements.sweep(messaging.messages.get))
        self._background.every(_DEADLINES_SECONDS, self._approvals.expire)
        self._background.every(_PRUNE_LOGS_SECONDS, self._agent_logs.prune)
        self._background.every(self.settings.sessions.sweep_minutes * 60, self._sessions.sweep)
        self._background.every(_PRUNE_SECONDS, self._jobs.prune)
        self._workers.start()
        self.is_initialized = True
        return self

    def start(self, port: int | None = None) -> None:
        """Serve on the host of the settings until ``stop``; does not return before."""
        self.initialize()
        require_a_key(self.settings, [self.settings.host])
        port = self.settings.port if port is None else port
        log.info("ready", extra={"url": f"http://{self.settings.host}:{port}"})
        self._stopping.loop = self.socketio.stop
        self.socketio.let_go = self.let_go
        run(self.app, self.socketio, self.settings.host, port)

    def let_go(self) -> None:
        """Tell those who wait for an agent how it stands; nobody waits any longer. Said when the server is to end."""
        if self.is_initialized:
            self._messaging.replies.let_go()

    def stop(self, timeout: float = 5) -> None:
        """Let running turns end for up to ``timeout`` seconds, give back the others, and close the database."""
        if not self.is_initialized:
            return
        self.is_initialized = False
        self._workers.stop(timeout)
        self._background.stop(timeout)
        if self.settings.sessions.end_on_shutdown:
            self._sessions.end_all()
        for provider in self._providers:
            if isinstance(provider, Closable):
                provider.close()
        self.database.close()
        self._lock.release()
        self._server_log.close()

    # Agents

    @property
    def agents(self) -> list[AgentRecord]:
        return self._agents.all()

    def register_agent(self, character: Character) -> AgentRecord:
        """Take in an agent, let it run, and seat it on the default message server. Raises ``AgentExists``."""
        return self._agents.add(character, active=True)

    def unregister_agent(self, agent_id: UUID) -> None:
        """Let an agent run no more; it keeps its memories. Raises ``AgentNotFound``."""
        self._agents.stop(agent_id)

    # Message servers, channels, messages

    def create_server(self, name: str, source_type: str) -> MessageServer:
        return self._messaging.servers.create(name, source_type)

    def get_servers(self) -> list[MessageServer]:
        return self._messaging.servers.page(limit=_ALL).items

    def get_server_by_id(self, server_id: UUID) -> MessageServer:
        """Raises ``UnknownServer``."""
        return self._messaging.servers.get(server_id)

    def add_agent_to_server(self, server_id: UUID, agent_id: UUID) -> None:
        self._messaging.servers.add_agent(server_id, agent_id)

    def create_channel(
        self,
        name: str,
        participants: Iterable[UUID],
        *,
        type: str = "GROUP",  # noqa: A002 - the field's name in the domain
        server_id: UUID = DEFAULT_MESSAGE_SERVER,
    ) -> Channel:
        return self._messaging.channels.create(name, type=type, participants=participants, server_id=server_id)

    def get_channels_for_server(self, server_id: UUID) -> list[Channel]:
        return self._messaging.channels.page(server_id, limit=_ALL).items

    def get_channel_details(self, channel_id: UUID) -> Channel:
        """Raises ``ChannelNotFound``."""
        return self._messaging.channels.get(channel_id)

    def create_message(self, draft: Draft) -> Message:
        """Post a message; the agents of its channel will answer it."""
        return self._messaging.messages.post(draft).message

    def get_messages_for_channel(self, channel_id: UUID, limit: int = 50) -> list[Message]:
        """Newest first."""
        return self._messaging.messages.page(channel_id, limit=limit)

    def delete_message(self, channel_id: UUID, message_id: UUID) -> bool:
        return self._messaging.messages.delete(channel_id, message_id)

    # How it is built

    def _open_database(self) -> Database:
        if self.settings.postgres_url:
            return Database.open_postgres(self.settings.postgres_url, seconds=self.settings.database_seconds)
        self._lock.acquire(_PREDECESSOR_SECONDS)
        return Database.open_sqlite(self.settings.data_dir / "eliza.db")

    def _build_messaging(self) -> None:
        uses = Uses(self.database)
        self._messaging = Messaging.build(
            self.database, self._clock, self._bus, when_posted=uses.note, when_edited=uses.revise
        )
        self._messaging.servers.ensure_default()

    def _build_media(self) -> None:
        self._uploads = Uploads(self.database, self._clock, self.settings)
        self._outgoing = Outgoing(Frontier.opened_for(self.settings.outgoing_allow))
        Sweep(self.database, self._uploads).listen(self._bus, self._background)

    def _build_agents(self) -> None:
        self.models = Models()
        self.models.ask_all(
            (*(provider for plugin in self._plugins for provider in plugin.models), *self._providers), self.settings.env
        )
        for line in table_lines(self.models):
            log.info(line)
        safe = Safe(self._vault, self.redaction.learn)
        self._agents = Agents(self.database, self._clock, self._bus, self._plugins, safe)
        settle(self.database, self._vault, self._agents.relock)
        CharacterFiles(self._agents, self.settings.characters_dir, self.settings.characters).load()

    def _build_turns(self) -> None:
        settings, conversation = self.settings, Conversation(self.database)
        self._agent_logs = AgentLogs(self.database)
        prices = Prices.read(settings.budgets.prices)
        self._budgets = Budgets(self.database, self._clock, self.models, settings.budgets, prices)
        owner = Owner.myself()
        self._approvals = Approvals(self.database, self._clock, self._bus)
        self._turns = Turns(
            self.database,
            self._clock,
            self._bus,
            self._messaging.messages,
            Memories(self.database, self._clock),
            self._agent_logs,
            self._budgets,
            owner=owner,
            lease=timedelta(seconds=settings.lease_seconds),
            attempts=settings.turn_attempts,
            limits=Limits(in_a_row=settings.agent_turns_in_a_row),
        )
        self._workers = TurnWorkers(
            self._turns,
            Pauses(self.database, self._clock, self._bus, self._approvals, self._budgets, owner=owner),
            StoredQuestions(self.database, conversation),
            self._agents,
            self._budgets,
            self._pipeline(conversation),
            self._bus,
            self._background,
            self._clock,
            most=settings.concurrent_turns,
            lease_seconds=settings.lease_seconds,
            turn_seconds=settings.turn_seconds,
        )

    def _pipeline(self, conversation: Conversation) -> Pipeline:
        settings = self.settings
        return Pipeline(
            self.models,
            conversation,
            self._clock,
            files=ShownFiles(self.database, self._uploads, self._outgoing),
            policy=ApprovalPolicy(settings.approval, timedelta(minutes=settings.approval_minutes)),
        )

    def _build_conversations(self) -> None:
        database, clock, agents, messaging = self.database, self._clock, self._agents, self._messaging
        settings = self.settings.sessions
        self._sessions = Sessions(database, clock, agents, messaging.channels, messaging.arrivals, settings)
        self._jobs = Jobs(database, clock, agents, messaging.channels, messaging.messages)

    def _build_access(self) -> None:
        settings, background = self.settings, self._background
        self._rates = RateLimits(settings)
        self._auth = Auth.build(settings, self.database, self._clock, self._bus, background, self._vault, self._rates)
        self._reach = Reach()
        Guards(self._messaging.channels, self._messaging.rights).stand_in(self._reach)
        self._guard_reach()

    def _guard_reach(self) -> None:
        reach, database, clock = self._reach, self.database, self._clock
        reach.guard_id("session_id", self._sessions.is_of, SessionNotFound)
        reach.guard_id("job_id", self._jobs.is_of, JobNotFound)
        reach.guard_id("approval_id", self._approvals.is_within, ApprovalNotFound)
        reach.guard("room_id", of_rooms(Rooms(database, clock)))
        reach.guard_id("memory_id", Recollections(database, clock).is_within, MemoryNotFound)
        reach.guard_id("world_id", Worlds(database, clock).is_within, WorldNotFound)
        reach.guard_id("run_id", Runs(database).is_within, RunNotFound)
        reach.guard_id("log_id", self._agent_logs.is_within, LogNotFound)

    def _build_http(self) -> None:
        app = Flask("eliza", root_path=str(_ROOT))
        app.config["MAX_CONTENT_LENGTH"] = self.settings.max_payload
        app.extensions["eliza.server"] = self
        addresses.read_all_alike(app)
        compression.compress(app)
        body.expect_soon(app, self.settings.limits.request_seconds)
        security.guard(app, self._gate())
        envelope.speak_everywhere_else(app)
        for routes in BLUEPRINTS:
            app.register_blueprint(routes)
        app.register_blueprint(routes_of(page_of(self.settings)))
        open_routes(app, self._agents, self._plugins)
        self._rates.watch(app)
        provide(app, *self._parts())
        self.app = app

    def _gate(self) -> Gate:
        settings = self.settings
        passes = Passes(self._vault.derive("media") + (settings.auth_token or "").encode())
        return Gate(settings, self._auth.credentials, self._rates, self._reach, passes, SameSite(settings.cors_origins))

    def _parts(self) -> Iterator[object]:
        """What the routes look up by its type."""
        database, clock, models = self.database, self._clock, self.models
        channels, messages, replies = self._messaging.channels, self._messaging.messages, self._messaging.replies
        yield from (self.settings, clock, self._bus, models, self._server_log, self._stopping)
        yield from (self._agents, self._agent_logs, Runs(database))
        yield from (Audit(database, clock), self._rates)
        yield from self._auth.parts()
        yield from self._messaging.parts(database)
        yield from (part(database, clock) for part in (Recollections, Rooms, Worlds, Groups))
        yield from (self._outgoing, self._budgets)
        yield from (self._sessions, self._jobs, self._approvals, Titles(database, models, channels, messages))
        yield from (self._uploads, Generated(database, self.settings))
        yield from (Hearing(models), Voice(models, channels, messages))
        yield Talks(channels, self._messaging.arrivals, replies, seconds=self.settings.reply_timeout)
        yield EnvironmentFile.nearest()

    def _build_sockets(self) -> None:
        self.socketio = open_sockets(
            self.app,
            self.settings,
            self._clock,
            self._bus,
            self._background,
            doorkeeper=self._auth.credentials,
            rates=self._rates,
            messaging=self._messaging,
        )
        for middleware in reversed(self._middlewares):
            self.app.wsgi_app = middleware(self.app.wsgi_app)  # type: ignore[method-assign]  # Flask's documented way.
        proxies.stand_behind(self.app, self.settings.trusted_proxies, self._auth.credentials)


def built_in_providers(data_dir: Path) -> tuple[Provider, ...]:
    """Every source of models that comes with the server; each speaks only if it is set up."""
    return (OpenAIProvider(), AnthropicProvider(), OllamaProvider(), EmbeddedProvider(data_dir), Classic())
