"""Application: the Flask application that serves the API and the pages, and its sockets."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask

from eliza.audio.hearing import Hearing
from eliza.audio.talks import Talks
from eliza.audio.voice import Voice
from eliza.audit.audit import Audit
from eliza.blueprints import BLUEPRINTS
from eliza.composition.services import Services
from eliza.extensions.routes import open_routes
from eliza.http import addresses, body, compression, envelope, security
from eliza.http.current import provide
from eliza.http.large_answers import LargeAnswers
from eliza.media.generated_files import GeneratedFiles
from eliza.memory.groups import Groups
from eliza.memory.recollections import Recollections
from eliza.memory.rooms import Rooms
from eliza.memory.worlds import Worlds
from eliza.messaging.titles import Titles
from eliza.plugins import Plugin
from eliza.realtime.realtime import open_sockets
from eliza.runs.runs import Runs
from eliza.system.environment import EnvironmentFile
from eliza.web.page import page_of
from eliza.web.routes import routes_of

if TYPE_CHECKING:
    from flask_socketio import SocketIO

_ROOT = Path(__file__).parent.parent.parent


def build_application(services: Services, plugins: Sequence[Plugin], *own: object) -> Flask:
    """Every route of the API, the pages and the plugins. Views can look up the services, and what is ``own``."""
    settings, access = services.core.settings, services.access
    app = Flask("eliza", root_path=str(_ROOT))
    app.config["MAX_CONTENT_LENGTH"] = settings.max_payload
    addresses.read_all_alike(app)
    compression.compress(app)
    body.limit_upload_time(app, settings.limits.request_seconds)
    security.guard(app, access.gate)
    envelope.speak_everywhere_else(app)
    for routes in BLUEPRINTS:
        app.register_blueprint(routes)
    app.register_blueprint(routes_of(page_of(settings)))
    open_routes(app, services.agents, plugins)
    access.rates.watch(app)
    LargeAnswers().watch(app)
    provide(app, *own, *_parts(services))
    return app


def build_sockets(app: Flask, services: Services) -> "SocketIO":
    core, access = services.core, services.access
    return open_sockets(
        app,
        core.settings,
        core.clock,
        core.bus,
        core.background,
        authenticator=access.auth.credentials,
        rates=access.rates,
        messaging=services.messaging,
    )


def _parts(services: Services) -> Iterator[object]:
    """What the routes look up by its type."""
    core, messaging, turns, models = services.core, services.messaging, services.turns, services.models
    settings, database, clock = core.settings, core.database, core.clock
    channels, messages, replies = messaging.channels, messaging.messages, messaging.replies
    yield from (settings, clock, core.bus, models)
    yield from (services.agents, turns.agent_logs, Runs(database))
    yield from (Audit(database, clock), services.access.rates)
    yield from services.access.auth.parts()
    yield from messaging.parts(database)
    yield from (part(database, clock) for part in (Recollections, Rooms, Worlds, Groups))
    yield from (services.media.outgoing, turns.budgets)
    yield from (services.sessions, services.jobs, turns.approvals, Titles(database, models, channels, messages))
    yield from (services.media.uploads, GeneratedFiles(database, settings))
    yield from (Hearing(models), Voice(models, channels, messages))
    yield Talks(channels, messaging.arrivals, replies, seconds=settings.reply_timeout)
    yield EnvironmentFile.nearest()
