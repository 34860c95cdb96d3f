"""Commands: the command line of ``flask``. They work on the database and start no agent, socket or model."""

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
    """The program was updated while a server runs, so the tables cannot be migrated now."""

    def __init__(self) -> None:
        super().__init__("The running server is older than this program: restart the server, then try again.")


def command_line() -> Flask:
    """An application with the commands only. The database is opened when a command needs it.

    This also works while a server uses the same SQLite database; both see each other's changes at once.
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
        _lock_out_servers(settings.data_dir)
        database = Database.open_sqlite(settings.data_dir / "eliza.db")
    atexit.register(database.close)
    return database


def _lock_out_servers(data_dir: Path) -> None:
    """Keep a server from starting meanwhile. If one is running, raise ``OlderServer`` unless its tables are current."""
    lock = InstanceLock(data_dir)
    with suppress(DirectoryInUse):
        lock.acquire(patience=0)
        atexit.register(lock.release)
        return
    orm = SqliteDatabase(str(data_dir / "eliza.db"))
    with orm.connection_context():
        if missing(orm):
            raise OlderServer
