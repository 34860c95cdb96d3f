"""Troubles: races that are run again, and a database that is away."""

from pathlib import Path

import gevent
import psycopg
import pytest
from gevent.event import Event

from eliza.clock import SystemClock
from eliza.db import Database, tables
from eliza.db.rows import column
from eliza.db.troubles import DatabaseUnavailable
from eliza.ids import new_id
from tests.house_kit import at_once
from tests.services.disk import files_of_at_most


def test_units_that_lock_each_other_out_both_come_to_their_end(postgres_url: str) -> None:
    database = Database.open_postgres(postgres_url)
    here, there = _server(database, "here"), _server(database, "there")
    first_has_here, second_has_there = Event(), Event()

    def first() -> None:
        _rename(here, "first")
        first_has_here.set()
        second_has_there.wait()
        _rename(there, "first")

    def second() -> None:
        _rename(there, "second")
        second_has_there.set()
        first_has_here.wait()
        _rename(here, "second")

    units = [gevent.spawn(database.write, unit) for unit in (first, second)]
    gevent.joinall(units, timeout=20)

    assert [unit.successful() for unit in units] == [True, True]
    database.close()


def test_a_server_that_is_not_there_has_a_name(postgres_url: str) -> None:
    database = Database.open_postgres(postgres_url)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        name = connection.info.dbname
    with psycopg.connect(postgres_url.replace(name, "postgres"), autocommit=True) as connection:
        connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        try:
            with pytest.raises(DatabaseUnavailable), database.read():
                tables.MessageServer.select().count()
            with pytest.raises(DatabaseUnavailable):
                database.write(lambda: tables.MessageServer.select().count())
        finally:
            connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    assert database.write(lambda: tables.MessageServer.select().count()) == 0
    database.close()


@pytest.mark.parametrize("size", [2 << 20, 40 << 20], ids=["at the commit", "in the middle"])
def test_a_disk_that_takes_no_more_has_a_name_and_keeps_nothing_of_it(data_dir: Path, size: int) -> None:
    database = Database.open_sqlite(data_dir / "eliza.db")

    with files_of_at_most(1 << 20):
        told = at_once(*(lambda name=name: _told_of(database, name) for name in ("one", "x" * size, "two")))

    assert told == ["away", "away", "away"]
    assert _told_of(database, "three") == "stored"
    with database.read():
        assert column(tables.MessageServer.select(tables.MessageServer.name)) == ["three"]
    database.close()


def _told_of(database: Database, name: str) -> str:
    try:
        _server(database, name)
    except DatabaseUnavailable:
        return "away"
    return "stored"


def _server(database: Database, name: str) -> object:
    now = SystemClock().now()
    row = {"id": new_id(), "name": name, "source_type": "test", "created_at": now, "updated_at": now}
    database.write(lambda: tables.MessageServer.insert(row).execute())
    return row["id"]


def _rename(server_id: object, name: str) -> None:
    tables.MessageServer.update(name=name).where(tables.MessageServer.id == server_id).execute()


def test_who_is_still_reading_when_the_database_closes_reads_to_the_end(postgres_url: str) -> None:
    database = Database.open_postgres(postgres_url)

    is_reading = Event()

    def read_slowly() -> object:
        with database.read():
            is_reading.set()
            database.orm.execute_sql("SELECT pg_sleep(0.2)")
            return tables.MessageServer.select().count()

    reader = gevent.spawn(read_slowly)
    is_reading.wait()
    database.close()

    assert reader.get(timeout=5) == 0
