"""Commands: agents on the command line."""

from functools import partial

import click
from flask import Flask
from flask.cli import AppGroup

from eliza.agents.lost_key import give_up_secrets
from eliza.audit.audit import COMMAND_LINE, Audit
from eliza.db import Database
from eliza.http.current import current

secrets = AppGroup("secrets", help="Secrets of agents.")


def add(app: Flask) -> None:
    """``flask secrets``."""
    app.cli.add_command(secrets)


@secrets.command("give-up")
@click.confirmation_option(prompt="This empties every secret of every agent. Is the key really gone?")
def give_up() -> None:
    """Empty all secrets of agents, so that a server whose key is lost starts with a new one."""
    count = current(Audit).along(
        partial(give_up_secrets, current(Database)), "secrets.give-up", target="agents", principal=COMMAND_LINE
    )
    click.echo(f"Agents whose secrets were deleted: {count}. Enter them again after the next start.")
