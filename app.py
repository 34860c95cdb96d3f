"""The application for development: ``python app.py`` serves it, and ``flask run`` finds it here."""

from gevent import monkey

monkey.patch_all()

import os  # noqa: E402 - nothing may be imported before the patching
import sys  # noqa: E402
from dataclasses import replace  # noqa: E402
from typing import Any  # noqa: E402

import click  # noqa: E402
from flask import Flask  # noqa: E402
from flask.helpers import get_debug_flag  # noqa: E402

from eliza.commands import command_line  # noqa: E402
from eliza.config import Settings  # noqa: E402
from eliza.errors import ConfigurationError  # noqa: E402
from eliza.factory import create_app  # noqa: E402


def build() -> Flask:
    """The application; for ``flask run`` with the address that its command line names."""
    if _looks_for_commands():
        return command_line()
    run = _command_line()
    if _only_watches(run):
        return Flask("eliza")
    settings = Settings.from_env()
    if "host" in run:
        settings = replace(settings, host=run["host"], port=run["port"])
    return create_app(settings)


def _command_line() -> dict[str, Any]:
    """What ``flask run`` was told; empty for every other way of running."""
    context = click.get_current_context(silent=True)
    return dict(context.params) if context is not None and os.environ.get("FLASK_RUN_FROM_CLI") == "true" else {}


def _looks_for_commands() -> bool:
    """True when ``flask`` asks which commands there are besides its own, such as ``flask keys``."""
    context = click.get_current_context(silent=True)
    is_asked = context is not None and isinstance(context.command, click.Group)
    return is_asked and os.environ.get("FLASK_RUN_FROM_CLI") == "true"


def _only_watches(run: dict[str, Any]) -> bool:
    """True in the process that ``flask run`` keeps to restart the one that serves whenever a file changes."""
    reloads = get_debug_flag() if run.get("reload") is None else run["reload"]
    return bool(run) and reloads and "WERKZEUG_RUN_MAIN" not in os.environ


try:
    app = build()
except ConfigurationError as error:
    sys.exit(f"Error: {error.message}")

if __name__ == "__main__":
    app.extensions["eliza.server"].start()
