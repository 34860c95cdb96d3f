"""Database: what a caller of ``write`` may rely on, on both databases."""

from collections.abc import Callable
from pathlib import Path

import gevent
import pytest
from peewee import IntegrityError

from eliza.db import Database, tables
from eliza.db.rows import column
from eliza.errors import Unavailable
from eliza.ids import to_uuid
from eliza.testing.clock import NOON
from tests.house_kit import at_once


def test_what_was_written_is_there_when_write_returns(database: Database) -> None:
    database.write(_adding("one"))

    assert _names(database) == ["one"]


def test_write_returns_what_the_work_returned(database: Database) -> None:
    assert database.write(lambda: "the answer") == "the answer"


def test_work_that_fails_leaves_nothing_and_fails_its_caller(database: Database) -> None:
    def fail() -> None:
        _add("half")
        raise LookupError("in the middle")

    with pytest.raises(LookupError, match="in the middle"):
        database.write(fail)

    assert _names(database) == []


def test_work_that_fails_undoes_nobody_elses(database: Database) -> None:
    database.write(_adding("twice"))

    results = at_once(*(lambda name=name: _try(database, name) for name in ("one", "twice", "two")))

    assert results == ["written", "refused", "written"]
    assert _names(database) == ["one", "twice", "two"]


def test_work_inside_work_joins_it(database: Database) -> None:
    def outer() -> None:
        database.write(_adding("inner"))
        raise LookupError("afterwards")

    with pytest.raises(LookupError):
        database.write(outer)

    assert _names(database) == []


def test_a_callback_sees_what_was_committed(database: Database) -> None:
    seen: list[list[str]] = []

    def work() -> None:
        _add("one")
        database.after_commit(lambda: seen.append(gevent.spawn(_names, database).get()))
        assert seen == []

    database.write(work)

    assert seen == [["one"]]


def test_a_callback_has_run_when_write_returns(database: Database) -> None:
    told: list[str] = []

    database.write(_telling(database, "one", told))

    assert told == ["one"]


def test_undone_work_is_not_told(database: Database) -> None:
    told: list[str] = []
    database.write(_adding("taken"))

    with pytest.raises(IntegrityError):
        database.write(_telling(database, "taken", told))
    database.write(_telling(database, "free", told))

    assert told == ["free"]


def test_callbacks_of_inner_work_wait_for_the_outer_commit(database: Database) -> None:
    told: list[str] = []

    def outer() -> list[str]:
        database.write(_telling(database, "inner", told))
        return list(told)

    assert database.write(outer) == []
    assert told == ["inner"]


def test_units_of_one_order_are_told_in_the_order_of_their_commits(database: Database) -> None:
    told: list[int] = []

    def take_a_number() -> int:
        number = tables.MessageServer.select().count()
        _add(f"number {number}")
        database.after_commit(lambda: told.append(number))
        return number

    taken = at_once(*[lambda: database.write(take_a_number, order="queue")] * 30)

    assert sorted(taken) == list(range(30))
    assert told == list(range(30))


def test_a_callback_that_fails_keeps_nobody_from_hearing_and_undoes_nothing(database: Database) -> None:
    told: list[str] = []

    def fail() -> None:
        raise RuntimeError("nobody's business")

    def work() -> str:
        _add("one")
        database.after_commit(fail)
        database.after_commit(lambda: told.append("after"))
        return "stored"

    assert database.write(work) == "stored"
    assert (told, _names(database)) == (["after"], ["one"])


def test_one_read_may_stand_inside_another(database: Database) -> None:
    database.write(_adding("one"))

    with database.read():
        assert _names(database) == ["one"]
        assert _names(database) == ["one"]


def test_a_read_may_surround_a_write(database: Database) -> None:
    with database.read():
        database.write(_adding("one"))

    assert _names(database) == ["one"]


def test_more_callers_than_connections_are_all_served(database: Database) -> None:
    at_once(*(lambda number=number: database.write(_adding(f"{number:03}")) for number in range(100)))

    assert _names(database) == [f"{number:03}" for number in range(100)]


def test_what_was_submitted_before_the_close_is_stored(data_dir: Path) -> None:
    path = data_dir / "eliza.db"
    database = Database.open_sqlite(path)
    writing = [gevent.spawn(database.write, _adding(name)) for name in ("one", "two")]
    gevent.idle()

    database.close()
    gevent.joinall(writing, raise_error=True)
    again = Database.open_sqlite(path)

    assert _names(again) == ["one", "two"]
    again.close()


def test_a_closed_sqlite_database_takes_nothing_more(data_dir: Path) -> None:
    database = Database.open_sqlite(data_dir / "eliza.db")
    database.close()

    with pytest.raises(Unavailable):
        database.write(_adding("late"))


def test_closing_twice_is_closing_once(database: Database) -> None:
    database.close()
    database.close()


def _add(name: str) -> None:
    tables.MessageServer.create(id=to_uuid(name), name=name, source_type="test", created_at=NOON, updated_at=NOON)


def _adding(name: str) -> Callable[[], None]:
    return lambda: _add(name)


def _telling(database: Database, name: str, told: list[str]) -> Callable[[], None]:
    def work() -> None:
        database.after_commit(lambda: told.append(name))
        _add(name)

    return work


def _try(database: Database, name: str) -> str:
    try:
        database.write(_adding(name))
    except IntegrityError:
        return "refused"
    return "written"


def _names(database: Database) -> list[str]:
    with database.read():
        return column(tables.MessageServer.select(tables.MessageServer.name).order_by(tables.MessageServer.name))
