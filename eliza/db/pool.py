"""Pool: connections to Postgres with a timeout on every wait, even if the server hangs without answering.

A running server enforces its own timeouts. A frozen server, or one behind a broken network, cannot, so the client has
timeouts too. Shortly after the server could not be reached, further attempts fail at once.
"""

import time
from typing import Any

import gevent
import psycopg
from peewee import Psycopg3Adapter
from playhouse.pool import PooledPostgresqlDatabase

CONNECT_SECONDS = 5
_MOST = 20
_WAIT_SECONDS = 30
"""How long to wait for a connection while all are in use."""
_GREETING_SECONDS = 3.0
"""How long a running server may take to answer a check on an idle connection."""
_GRACE_SECONDS = 2.0
"""Added to the statement timeout, so that the server's own timeout comes first."""
_QUIET_SECONDS = 0.5
"""How long connecting fails at once after the server could not be reached."""
_LINE = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3, "tcp_user_timeout": 30_000}
_IDLE_TRANSACTION = "60s"
"""The longest time that a process frozen inside a transaction can block others."""


class _Connection(psycopg.Connection[Any]):
    patience: float | None = None
    gave_up = False

    def wait(self, *arguments: Any, **options: Any) -> Any:
        with gevent.Timeout(self.patience) as timer:
            try:
                return super().wait(*arguments, **options)
            except gevent.Timeout as late:
                if late is not timer:
                    raise
                # Close the connection: a late answer must not be taken for that of the next statement.
                self.gave_up = True
                self.pgconn.finish()
                raise psycopg.OperationalError("the server did not answer in time") from None


class _Adapter(Psycopg3Adapter):
    def connect(self, db: Any, **options: Any) -> _Connection:
        seconds = options.pop("seconds")
        connection: _Connection = _Connection.connect(db.database, autocommit=True, **options)
        connection.patience = _GREETING_SECONDS
        limits = {"statement_timeout": f"{seconds}s", "idle_in_transaction_session_timeout": _IDLE_TRANSACTION}
        for name, limit in limits.items():
            connection.execute("SELECT set_config(%s, %s, false)", [name, limit])
        connection.patience = seconds + _GRACE_SECONDS
        return connection


class PostgresPool(PooledPostgresqlDatabase):  # type: ignore[misc]  # playhouse has no types.
    """Up to twenty connections. A statement that takes longer than ``seconds`` fails like a lost connection.

    When the pool closes, it closes each connection: freeing one while a greenlet waits on it crashes the process.
    """

    psycopg3_adapter = _Adapter

    def __init__(self, url: str, *, seconds: float) -> None:
        self.is_closing = False
        self._quiet_until = 0.0
        super().__init__(
            url,
            max_connections=_MOST,
            timeout=_WAIT_SECONDS,
            stale_timeout=300,
            prefer_psycopg3=True,
            connect_timeout=CONNECT_SECONDS,
            seconds=seconds,
            **_LINE,
        )

    def _connect(self) -> _Connection:
        # The pool's lock is held here, so all others wait; they should not wait for one failed attempt after another.
        if time.monotonic() < self._quiet_until:
            raise psycopg.OperationalError("the server could not be reached a moment ago")
        try:
            connection: _Connection = super()._connect()
        except psycopg.Error:
            self._quiet_until = time.monotonic() + _QUIET_SECONDS
            raise
        return connection

    def _is_closed(self, conn: _Connection) -> bool:
        usual, conn.patience = conn.patience, _GREETING_SECONDS
        is_closed = bool(super()._is_closed(conn))
        conn.patience = usual
        if conn.gave_up:
            raise psycopg.OperationalError("the server does not answer")
        return is_closed

    def _can_reuse(self, conn: _Connection) -> bool:
        return not self.is_closing and bool(super()._can_reuse(conn))
