"""Commands: the audit log on the command line."""

import json

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
    who, what = _quoted(entry.actor), _quoted(entry.target or "-")
    details = _quoted(entry.details) if entry.details else ""
    return f"{entry.seq}  {iso(entry.created_at)}  {who}  {entry.action}  {what}  {details}".rstrip()


def _quoted(value: object) -> str:
    """As JSON, in which what people call themselves is one word, moves no terminal and turns no text around."""
    written = orjson.dumps(value).decode()
    # JSON itself only writes the oldest control characters as numbers.
    return written if written.isprintable() else "".join(map(_printable, written))


def _printable(letter: str) -> str:
    return letter if letter.isprintable() else json.dumps(letter)[1:-1]
