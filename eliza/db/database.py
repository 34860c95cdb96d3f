"""Database: where the tables live, and the two ways to touch them: ``read`` and ``write``.

SQLite has one writer. Its units of work run on one native thread, all that wait share one commit, and each caller is
answered after that commit is on the disk: so an fsync costs many callers one wait, and never stalls the event loop.
Postgres gives every unit a transaction of its own on a pooled connection.
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, TypeVar, cast
from uuid import UUID

import gevent
import orjson
from gevent.lock import BoundedSemaphore
from peewee import PeeweeException, PostgresqlDatabase
from playhouse.pool import PooledPostgresqlDatabase, PooledSqliteDatabase
from psycopg.types.json import set_json_loads

from eliza.db import tables, troubles
from eliza.db.migrate import migrate
from eliza.db.pool import CONNECT_SECONDS, PostgresPool
from eliza.db.privacy import close_to_others
from eliza.db.statement import Prepared, Statement
from eliza.db.writer import Writer, tell

log = logging.getLogger(__name__)
T = TypeVar("T")

_RETRIES = 3
_PAUSES = (0.1, 0.3, 0.6)
"""Seconds between attempts to reach Postgres. After the last one ``DatabaseUnavailable`` is raised."""
_PATIENCE_SECONDS = 2.0
"""No further attempt is made after this time."""
_GATE_SECONDS = 30.0


class Database:
    """Open one with ``open_sqlite`` or ``open_postgres``; the schema is then up to date.

    The models of ``tables`` are bound to the database opened last: one process serves one database at a time.
    """

    def __init__(self, orm: PooledSqliteDatabase | PooledPostgresqlDatabase, *, dialect: str) -> None:
        self.orm = orm
        self.dialect = dialect
        self._after_commit = _AfterCommit()
        self._writer: Writer | None = None
        self._prepared: dict[Statement, Prepared] = {}
        self._order: dict[Hashable, _Turnstile] = {}

    @classmethod
    def open_sqlite(cls, path: Path) -> "Database":
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        close_to_others(path)
        orm = PooledSqliteDatabase(
            str(path),
            max_connections=None,
            pragmas=[
                ("journal_mode", "wal"),
                ("synchronous", "full"),
                ("foreign_keys", 1),
                ("busy_timeout", 5000),
                ("cache_size", -16_000),
            ],
            check_same_thread=False,
            returning_clause=True,
        )
        orm.register_function(str.casefold, "casefold", 1)  # SQLite's own knows no letters beyond ASCII.
        database = cls(orm, dialect="sqlite")
        database._begin(orm)
        database._writer = Writer(orm, database._after_commit, _is_still_there(path))
        return database

    @classmethod
    def open_postgres(cls, url: str, *, seconds: float = 15) -> "Database":
        """A statement that takes longer than ``seconds`` fails with ``DatabaseUnavailable``."""
        set_json_loads(orjson.loads)
        # Migrations have no time limit, and wait for those of other processes.
        unlimited = PostgresqlDatabase(url, prefer_psycopg3=True, connect_timeout=CONNECT_SECONDS)
        database = cls(PostgresPool(url, seconds=seconds), dialect="postgres")
        database._begin(unlimited)
        return database

    @contextmanager
    def read(self) -> Iterator[None]:
        """Hold a connection for the block; blocks may stand inside each other. Raises ``DatabaseUnavailable``."""
        with troubles.named(), nullcontext() if self._is_connected() else self._connection():
            yield

    def run(self, statement: Statement, **values: object) -> list[tuple[Any, ...]]:
        """Run a prepared statement, where ``read`` or ``write`` holds the connection; see ``eliza.db.statement``."""
        prepared = self._prepared.get(statement)
        if prepared is None:
            prepared = self._prepared[statement] = Prepared(statement, self.orm)
        return prepared.run(self.orm, values)

    def write(self, work: Callable[[], T], *, order: Hashable = None) -> T:
        """Run ``work`` in a transaction and return what it returns, once that is durable.

        What ``work`` raises is raised here and undoes its writes. It must be short and touch nothing but the
        database: it may run on another thread. Units of the same ``order`` report in the order of their commits.
        Inside another unit it joins that unit's transaction. A unit that lost a race against another process, or its
        connection before it could be committed, is run again, a few times at the most. Raises ``DatabaseUnavailable``.
        """
        if self._is_connected() and self.orm.in_transaction():
            return work()
        with troubles.named():
            if self._writer is not None:
                return cast(T, self._writer.submit(work))
            with self._one_at_a_time(order):
                return self._persist_in(work)

    def lock(self, table: type[tables.Table], row_id: UUID) -> None:
        """Inside a unit of work: let nobody else change a row before it ends. SQLite has one writer anyway."""
        if self.dialect == "postgres":
            key = table._meta.primary_key
            table.select(key).where(key == row_id).for_update().tuples().execute()

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Inside a unit of work: call ``callback`` once its writes are durable, and not at all if they are undone.

        Callbacks run in the order of the commits. They must not block.
        """
        self._after_commit.waiting.append(callback)

    def close(self) -> None:
        """Let go of every connection; one that is still in use goes when it is given back."""
        if self._writer is not None:
            self._writer.close()
        self.orm.close()
        if isinstance(self.orm, PostgresPool):
            self.orm.is_closing = True
        self.orm.close_idle()

    def _begin(self, orm: PooledSqliteDatabase | PostgresqlDatabase) -> None:
        with orm.connection_context():
            migrate(orm, self.dialect)
        tables.proxy.initialize(self.orm)

    def _is_connected(self) -> bool:
        return not self.orm.is_closed()

    @contextmanager
    def _connection(self) -> Iterator[None]:
        self._patiently(self.orm.connect)
        try:
            yield
        finally:
            self.orm.close()

    def _patiently(self, work: Callable[[], T], *, may_go_again: Callable[[], bool] = lambda: True) -> T:
        """Run ``work``, and retry it a few times while Postgres cannot be reached."""
        until = time.monotonic() + _PATIENCE_SECONDS
        for pause in _PAUSES if self.dialect == "postgres" else ():
            try:
                return work()
            except PeeweeException as error:
                if not troubles.is_out_of_reach(error) or not may_go_again() or time.monotonic() > until:
                    raise
                gevent.sleep(pause)
        return work()

    def _persist_in(self, work: Callable[[], T]) -> T:
        has_ended = False

        def watched() -> T:
            nonlocal has_ended
            result = work()
            has_ended = True
            return result

        # If the connection breaks during COMMIT, it may have succeeded: only the caller can decide to retry.
        return self._patiently(lambda: self._race(watched), may_go_again=lambda: not has_ended)

    def _race(self, work: Callable[[], T]) -> T:
        for _ in range(_RETRIES):
            try:
                return self._transact(work)
            except PeeweeException as error:
                if not troubles.is_lost_race(error):
                    raise
                gevent.sleep(0)
        return self._transact(work)

    def _transact(self, work: Callable[[], T]) -> T:
        self._after_commit.waiting = []
        with nullcontext() if self._is_connected() else self.orm.connection_context():
            with self.orm.atomic():
                result = work()
            callbacks, self._after_commit.waiting = self._after_commit.waiting, []
        tell(callbacks)
        return result

    @contextmanager
    def _one_at_a_time(self, order: Hashable) -> Iterator[None]:
        if order is None:
            yield
            return
        turnstile = self._order.setdefault(order, _Turnstile())
        turnstile.users += 1
        try:
            with turnstile.passed():
                yield
        finally:
            turnstile.users -= 1
            if turnstile.users == 0:
                self._order.pop(order, None)


def _is_still_there(path: Path) -> Callable[[], None]:
    """A check that raises ``DatabaseUnavailable`` if the file is not the one that was opened.

    SQLite would go on writing to the deleted file, which nobody can open again.
    """
    opened = path.stat()

    def check() -> None:
        try:
            is_the_same = os.path.samestat(path.stat(), opened)
        except OSError:
            is_the_same = False
        if not is_the_same:
            raise troubles.DatabaseUnavailable(
                "The database file was moved, deleted or replaced; restore it or restart the server"
            )

    return check


class _AfterCommit(threading.local):
    """The callbacks of the unit at work on this thread or greenlet."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[], None]] = []


class _Turnstile:
    def __init__(self) -> None:
        self.users = 0
        self._gate = BoundedSemaphore(1)

    @contextmanager
    def passed(self) -> Iterator[None]:
        if not self._gate.acquire(timeout=_GATE_SECONDS):
            raise troubles.DatabaseUnavailable
        try:
            yield
        finally:
            self._gate.release()
