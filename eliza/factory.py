"""Factory: one application, however it is run."""

import atexit

from flask import Flask

from eliza.config import Settings
from eliza.logs import output
from eliza.server import AgentServer


def create_app(settings: Settings | None = None) -> Flask:
    """A ready application with its ``AgentServer`` in ``extensions["eliza.server"]``.

    Without ``settings`` it is set up from the environment. Raises ``ConfigurationError``.
    """
    settings = settings or Settings.from_env()
    output.configure(settings.log_level, as_json=settings.log_json)
    server = AgentServer(settings).initialize()
    atexit.register(server.stop)
    return server.app
