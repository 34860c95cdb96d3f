"""Commands: what ``flask`` can do beside serving. They work on the database; no agent, socket or model is started."""

import atexit
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from flask import Flask
from peewee import SqliteDatabase

from eliza.agents import commands as agent_commands
from eliza.audit import commands as audit_commands
from eliza.audit.audit import Audit
from eliza.auth import commands as auth_commands
from eliza.auth.keys import Keys
from eliza.auth.people import People
from eliza.background import Immediate
from eliza.clock import SystemClock
from eliza.config import Settings
from eliza.db import Database
from eliza.db.instance import DirectoryInUse, InstanceLock
from eliza.db.migrate import missing
from eliza.errors import ConfigurationError
from eliza.events import Bus
from eliza.http.current import provide_later


class OlderServer(ConfigurationError):
    """The program was updated under a running server, whose tables must not be changed now."""

    def __init__(self) -> None:
        super().__init__("The server that is running is older than this program: restart it, then try again.")


def command_line() -> Flask:
    """An application that has the commands and serves nothing. The database is opened when a command needs it.

    With SQLite that is also while a server has it open: both see at once what the other has written.
    """
    app = Flask("eliza")
    provide_later(app, _parts)
    auth_commands.add(app)
    audit_commands.add(app)
    agent_commands.add(app)
    return app


def _parts() -> Iterator[object]:
    try:
        database = _open_database(Settings.from_env())
    except ConfigurationError as error:
        sys.exit(f"Error: {error.message}")
    clock, work = SystemClock(), Immediate()
    bus, audit = Bus(work.run), Audit(database, clock)
    people, keys = People(database, clock, bus, audit), Keys(database, clock, bus, audit, work)
    return iter((database, clock, audit, people, keys))


def _open_database(settings: Settings) -> Database:
    if settings.postgres_url:
        database = Database.open_postgres(settings.postgres_url)
    else:
        _settle_with_server(settings.data_dir)
        database = Database.open_sqlite(settings.data_dir / "eliza.db")
    atexit.register(database.close)
    return database


def _settle_with_server(data_dir: Path) -> None:
    """Keep a server from starting meanwhile, or see to it that the one that runs has the tables that we know."""
    lock = InstanceLock(data_dir)
    with suppress(DirectoryInUse):
        lock.acquire(patience=0)
        atexit.register(lock.release)
        return
    orm = SqliteDatabase(str(data_dir / "eliza.db"))
    with orm.connection_context():
        if missing(orm):
            raise OlderServer
