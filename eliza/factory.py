"""Factory: one application, however it is run."""

import atexit

from flask import Flask

from eliza.auth.exposure import require_a_key
from eliza.config import Settings
from eliza.logs import output
from eliza.server import AgentServer

_LAST_SECONDS = 1.5
"""How long running turns may still go on when the process ends; what is not done then, the next one takes up."""


def create_app(settings: Settings | None = None) -> Flask:
    """A ready application with its ``AgentServer`` in ``extensions["eliza.server"]``.

    Without ``settings`` it is set up from the environment. Raises ``ConfigurationError``, also when others could reach
    the host of the settings and nobody has a key.
    """
    settings = settings or Settings.from_env()
    require_a_key(settings, [settings.host])
    server = AgentServer(settings)
    output.configure(settings.log_level, as_json=settings.log_json, redaction=server.redaction)
    server.initialize()
    atexit.register(server.stop, timeout=_LAST_SECONDS)
    return server.app
