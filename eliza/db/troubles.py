"""Troubles: what a database's errors mean, told once for both of them."""

from collections.abc import Iterator
from contextlib import contextmanager

from peewee import DataError, InterfaceError, OperationalError, PeeweeException
from playhouse.pool import MaxConnectionsExceeded

from eliza.errors import DiskFull, Unavailable

_LOST_RACES = {"40P01", "40001", "23503", "23505"}
"""Deadlock, serialization failure, and a row that came or went between a look and a write: another try may do."""

_OUT_OF_REACH = ("08", "57", "53", "55P03", "25P03")
"""SQLSTATE prefixes: connection lost (08), server starting, stopping or cancelling (57), out of resources (53), lock
timeout (55P03), idle transaction timeout (25P03)."""

_FULL = ("53100", "58030")
"""SQLSTATE: the disk is full; an I/O error."""

_SQLITE_FULL = ("disk is full", "disk i/o")
_SQLITE_AWAY = (
    *("locked", "unable to open", "readonly"),
    # Out of disk, SQLite undoes a transaction by itself. Peewee then finds none to undo, and says that instead.
    *("no transaction is active", "no such savepoint"),
)


class DatabaseUnavailable(Unavailable):
    """The database does not answer now. Nothing was stored that was not told to be."""

    code = "DATABASE_UNAVAILABLE"

    def __init__(self, message: str = "The database does not answer; try again in a moment") -> None:
        super().__init__(message)


class DatabaseFull(DiskFull, DatabaseUnavailable):
    """The database's disk is full. Nothing was stored except what was already confirmed."""

    def __init__(self) -> None:
        super().__init__("The database's disk is full or cannot be written to; nothing of this request was stored")


@contextmanager
def named() -> Iterator[None]:
    """Raise ``DatabaseUnavailable`` for the errors that mean it; all others pass as they are."""
    try:
        yield
    except MaxConnectionsExceeded as error:
        raise DatabaseUnavailable from error
    except (OperationalError, InterfaceError) as error:
        if _is_full(error):
            raise DatabaseFull from error
        if is_out_of_reach(error):
            raise DatabaseUnavailable from error
        raise


def is_lost_race(error: BaseException) -> bool:
    """True when the same unit of work may succeed if it is run again at once."""
    return _sqlstate(error) in _LOST_RACES


def is_for_ever(error: BaseException) -> bool:
    """True when the database will never keep what it was given, however often it is tried."""
    return isinstance(error, DataError | ValueError | TypeError | UnicodeError)


def is_out_of_reach(error: PeeweeException) -> bool:
    """True if the database itself is unavailable, as opposed to a statement that is wrong."""
    state = _sqlstate(error)
    if state is not None:
        return state.startswith(_OUT_OF_REACH) and state not in _FULL
    return _is_a_broken_connection(error) or _says(error, _SQLITE_AWAY)


def _is_full(error: PeeweeException) -> bool:
    """Looks at the causes too, because SQLite may raise a follow-up error: see ``_SQLITE_AWAY``."""
    cause: BaseException | None = error
    while cause is not None:
        if _sqlstate(cause) in _FULL or _says(cause, _SQLITE_FULL):
            return True
        cause = cause.__context__
    return False


def _says(error: BaseException, signs: tuple[str, ...]) -> bool:
    return any(sign in str(error).lower() for sign in signs)


def _is_a_broken_connection(error: PeeweeException) -> bool:
    """Psycopg gives no SQLSTATE when it was not the server that spoke."""
    return type(_original(error)).__module__.startswith("psycopg")


def _sqlstate(error: BaseException) -> str | None:
    state = getattr(_original(error), "sqlstate", None)
    return state if isinstance(state, str) else None


def _original(error: BaseException) -> object:
    """What the driver raised, below Peewee's own exception."""
    return getattr(error, "orig", error)
