"""Commands: the audit log on the command line."""

import click
import orjson
from flask import Flask
from flask.cli import with_appcontext

from eliza.audit.audit import Audit, Entry, Sought
from eliza.http.current import current
from eliza.http.envelope import iso


def add(app: Flask) -> None:
    """``flask audit`` lists what was done."""
    app.cli.add_command(list_newest)


@click.command("audit")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many.")
@click.option("--actor", help="Only what this one did.")
@click.option("--action", help="Only this, like agent.delete; or agent for all that befell agents.")
@with_appcontext
def list_newest(limit: int, actor: str | None, action: str | None) -> None:
    """List who did what, newest first."""
    for entry in current(Audit).page(Sought(actor, action), limit=limit).items:
        click.echo(_line(entry))


def _line(entry: Entry) -> str:
    # Names are whatever people call themselves: as JSON they are one word, and move no terminal.
    who, what = _quoted(entry.actor), _quoted(entry.target or "-")
    details = orjson.dumps(entry.details).decode() if entry.details else ""
    return f"{entry.seq}  {iso(entry.created_at)}  {who}  {entry.action}  {what}  {details}".rstrip()


def _quoted(text: str) -> str:
    return orjson.dumps(text).decode()
