"""AgentServer: the whole server, to run or to embed."""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

from eliza.agents.agents import AgentRecord
from eliza.auth.exposure import require_a_key
from eliza.background import Background, Greenlets
from eliza.clock import SystemClock
from eliza.composition.application import build_application, build_sockets
from eliza.composition.core import Core
from eliza.composition.models import built_in_providers
from eliza.composition.services import Services
from eliza.config import Settings
from eliza.db import Database
from eliza.db.instance import InstanceLock
from eliza.events import Bus, Message
from eliza.http import proxies
from eliza.ids import DEFAULT_MESSAGE_SERVER
from eliza.llm.types import Closable, Provider
from eliza.logs.redaction import Redaction
from eliza.logs.server_log import ServerLog
from eliza.messaging.channels import Channel
from eliza.messaging.messages import Draft
from eliza.messaging.servers import MessageServer
from eliza.plugins import BUILT_IN, Plugin
from eliza.realtime.transport import run
from eliza.runtime.character import Character
from eliza.system.stopping import Stopping
from eliza.vault.unlocking import open_vault

log = logging.getLogger(__name__)

Middleware = Callable[[Any], Any]

_ALL = 1_000_000
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
        """Open the database and build all services, HTTP and sockets. A second call does nothing.

        Raises ``ConfigurationError`` if the server cannot run with its settings.
        """
        if self.is_initialized:
            return self
        self._server_log.open()
        self.database = self._open_database()
        services = self._services = Services.build(self._core(), self._plugins, self._providers)
        self.models = services.models
        self.app = build_application(services, self._plugins, self._server_log, self._stopping)
        self.app.extensions["eliza.server"] = self
        self.socketio = build_sockets(self.app, services)
        self._wrap()
        services.start()
        self.is_initialized = True
        return self

    def start(self, port: int | None = None) -> None:
        """Serve on the configured host; returns after ``stop``."""
        self.initialize()
        require_a_key(self.settings, [self.settings.host])
        port = self.settings.port if port is None else port
        log.info("ready", extra={"url": f"http://{self.settings.host}:{port}"})
        self._stopping.loop = self.socketio.stop
        self.socketio.let_go = self.let_go
        run(self.app, self.socketio, self.settings.host, port)

    def let_go(self) -> None:
        """Answer every request that waits for an agent with the state so far. Called when the server begins to stop."""
        if self.is_initialized:
            self._services.messaging.replies.let_go()

    def stop(self, timeout: float = 5) -> None:
        """Give running turns up to ``timeout`` seconds to finish, release the others, and close the database."""
        if not self.is_initialized:
            return
        self.is_initialized = False
        self._services.stop(timeout)
        for provider in self._providers:
            if isinstance(provider, Closable):
                provider.close()
        self.database.close()
        self._lock.release()
        self._server_log.close()

    # Agents

    @property
    def agents(self) -> list[AgentRecord]:
        return self._services.agents.all()

    def register_agent(self, character: Character) -> AgentRecord:
        """Create an agent, start it, and add it to the default message server. Raises ``AgentExists``."""
        return self._services.agents.add(character, active=True)

    def unregister_agent(self, agent_id: UUID) -> None:
        """Stop an agent; its memories are kept. Raises ``AgentNotFound``."""
        self._services.agents.stop(agent_id)

    # Message servers, channels, messages

    def create_server(self, name: str, source_type: str) -> MessageServer:
        return self._services.messaging.servers.create(name, source_type)

    def get_servers(self) -> list[MessageServer]:
        return self._services.messaging.servers.page(limit=_ALL).items

    def get_server_by_id(self, server_id: UUID) -> MessageServer:
        """Raises ``UnknownServer``."""
        return self._services.messaging.servers.get(server_id)

    def add_agent_to_server(self, server_id: UUID, agent_id: UUID) -> None:
        self._services.messaging.servers.add_agent(server_id, agent_id)

    def create_channel(
        self,
        name: str,
        participants: Iterable[UUID],
        *,
        type: str = "GROUP",  # noqa: A002 - the field's name in the domain
        server_id: UUID = DEFAULT_MESSAGE_SERVER,
    ) -> Channel:
        return self._services.messaging.channels.create(name, type=type, participants=participants, server_id=server_id)

    def get_channels_for_server(self, server_id: UUID) -> list[Channel]:
        return self._services.messaging.channels.page(server_id, limit=_ALL).items

    def get_channel_details(self, channel_id: UUID) -> Channel:
        """Raises ``ChannelNotFound``."""
        return self._services.messaging.channels.get(channel_id)

    def create_message(self, draft: Draft) -> Message:
        """Post a message; the agents of its channel will answer it."""
        return self._services.messaging.messages.post(draft).message

    def get_messages_for_channel(self, channel_id: UUID, limit: int = 50) -> list[Message]:
        """Newest first."""
        return self._services.messaging.messages.page(channel_id, limit=limit)

    def delete_message(self, channel_id: UUID, message_id: UUID) -> bool:
        return self._services.messaging.messages.delete(channel_id, message_id)

    # How it is built

    def _open_database(self) -> Database:
        if self.settings.postgres_url:
            return Database.open_postgres(self.settings.postgres_url, seconds=self.settings.database_seconds)
        self._lock.acquire(_PREDECESSOR_SECONDS)
        return Database.open_sqlite(self.settings.data_dir / "eliza.db")

    def _core(self) -> Core:
        settings = self.settings
        vault = open_vault(self.database, settings.data_dir, settings.secret_keys)
        return Core(settings, self.database, self._clock, self._bus, self._background, vault, self.redaction)

    def _wrap(self) -> None:
        """Wrap the WSGI application in the middlewares, and these in the handling of trusted proxies."""
        for middleware in reversed(self._middlewares):
            self.app.wsgi_app = middleware(self.app.wsgi_app)  # type: ignore[method-assign]  # Flask's documented way.
        proxies.trust_proxies(self.app, self.settings.trusted_proxies, self._services.access.auth.credentials)
