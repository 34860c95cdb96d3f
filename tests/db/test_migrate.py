"""Migrate: the schema that migrations build is the one the models speak of, whoever builds it and how often."""

import sys
from pathlib import Path
from typing import Any

import pytest
from peewee import PeeweeException, PostgresqlDatabase, SqliteDatabase
from playhouse.schema_diff import diff_models

from eliza.db import Database, tables
from eliza.db.migrate import migrate
from tests.services.postgres import PostgresServer
from tests.services.processes import Process, clean_environment

_MIGRATING = "import sys; from eliza.db import Database; Database.open_postgres(sys.argv[1]).close(); print('done')"


@pytest.fixture
def fresh(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> Any:
    """Two empty databases of one kind, open."""
    if backend == "sqlite":
        yield tuple(SqliteDatabase(str(tmp_path / name)) for name in ("one.db", "other.db"))
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    with server.database() as one, server.database() as other:
        pair = tuple(PostgresqlDatabase(url, prefer_psycopg3=True) for url in (one, other))
        yield pair
        for orm in pair:
            orm.close()


def test_migrations_leave_no_difference_to_the_models(database: Database) -> None:
    with database.read():
        assert str(diff_models(database.orm, tables.ALL)) == ""


def test_migrations_build_what_the_models_would_build(fresh: Any, backend: str) -> None:
    migrated, modelled = fresh
    migrate(migrated, backend)
    with modelled.bind_ctx(tables.ALL):
        modelled.create_tables(tables.ALL)

    assert _shape(migrated) == _shape(modelled)


def test_migrating_again_changes_nothing(fresh: Any, backend: str) -> None:
    orm, _ = fresh

    first = migrate(orm, backend)

    assert first
    assert migrate(orm, backend) == []


def test_a_database_opens_again_with_what_it_held(data_dir: Path) -> None:
    Database.open_sqlite(data_dir / "eliza.db").close()

    again = Database.open_sqlite(data_dir / "eliza.db")

    with again.read():
        assert tables.Agent.select().count() == 0
    again.close()


def test_several_processes_may_migrate_one_postgres_at_once(postgres: PostgresServer, tmp_path: Path) -> None:
    with postgres.database() as url:
        processes = [_migrating(url, tmp_path / str(number)) for number in range(4)]

        ends = [(process.wait(within=30), process.log) for process in processes]

        assert ends == [(0, "done\n")] * 4


def _migrating(url: str, folder: Path) -> Process:
    folder.mkdir()
    command = [sys.executable, "-c", _MIGRATING, url]
    return Process(command, log_path=folder / "log", env=clean_environment(folder), cwd=folder)


def _shape(orm: Any) -> dict[str, Any]:
    names = [model._meta.table_name for model in tables.ALL]
    return {name: (_columns(orm, name), _indexes(orm, name), _references(orm, name)) for name in names}


def _columns(orm: Any, table: str) -> list[Any]:
    return sorted((one.name, one.data_type.upper(), one.null, one.primary_key) for one in orm.get_columns(table))


def _indexes(orm: Any, table: str) -> list[Any]:
    return sorted(
        (one.columns, one.unique, " WHERE " in one.sql if one.sql else False) for one in orm.get_indexes(table)
    )


def _references(orm: Any, table: str) -> list[Any]:
    if not isinstance(orm, PostgresqlDatabase):
        return sorted((row[3], row[2], row[6]) for row in _rows(orm, f"PRAGMA foreign_key_list({table})"))
    query = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'f'"
    return sorted(row[0] for row in _rows(orm, query, table))


def _rows(orm: Any, query: str, *values: str) -> list[Any]:
    return list(orm.execute_sql(query, values).fetchall())


@pytest.mark.parametrize("statement", ["UPDATE audit_log SET actor = 'somebody else'", "DELETE FROM audit_log"])
def test_the_database_itself_keeps_the_audit_log_as_it_is(database: Database, statement: str) -> None:
    entry = {"actor": "ada", "credential": "person:ada", "action": "agent.delete", "created_at": 1}
    database.write(lambda: tables.AuditEntry.create(**entry))

    with pytest.raises(PeeweeException, match="append-only"):
        database.write(lambda: database.orm.execute_sql(statement))

    with database.read():
        assert [row.actor for row in tables.AuditEntry.select()] == ["ada"]
