"""Storage: fresh databases for the servers of a run, gone when the run is over."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit, urlunsplit

import psycopg


class Storage(Protocol):
    """Where a server keeps its data."""

    @property
    def postgres_url(self) -> str | None:
        """A database on the same Postgres, for yardsticks; None without one."""
        ...

    def fresh(self) -> dict[str, str]:
        """The variables that give a server an empty database and an empty folder of its own."""
        ...


class Files:
    """SQLite: a new folder is a new database."""

    postgres_url: str | None = None

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._numbers = itertools.count(1)

    def fresh(self) -> dict[str, str]:
        folder = self._scratch / f"data-{next(self._numbers)}"
        folder.mkdir()
        return {"ELIZA_DATA_DIR": str(folder)}


class Postgres:
    """A Postgres at ``url``, on which databases may be created."""

    def __init__(self, scratch: Path, url: str) -> None:
        self.postgres_url: str | None = url
        self.created: list[str] = []
        self._url = url
        self._files = Files(scratch)
        self._stem = f"eliza_{scratch.name.lower().replace('-', '_')}"

    def fresh(self) -> dict[str, str]:
        name = f"{self._stem}_{len(self.created) + 1}"
        self._execute(f'CREATE DATABASE "{name}"')
        self.created.append(name)
        return {**self._files.fresh(), "POSTGRES_URL": _with_database(self._url, name)}

    def drop(self) -> None:
        for name in self.created:
            self._execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def storage(database: str, scratch: Path, postgres_url: str | None) -> Iterator[Storage]:
    """The storage a run asked for; Postgres is started for the run unless ``postgres_url`` names one."""
    if database == "sqlite":
        yield Files(scratch)
    elif postgres_url is not None:
        yield from _on_postgres(scratch, postgres_url)
    else:
        # A Postgres is carried by a package for tests only; a run against SQLite must not need it.
        from tests.services.postgres import PostgresServer  # noqa: PLC0415

        server = PostgresServer(fsync=True)
        try:
            yield from _on_postgres(scratch, server.url("postgres"))
        finally:
            server.stop()


def _on_postgres(scratch: Path, url: str) -> Iterator[Postgres]:
    postgres = Postgres(scratch, url)
    try:
        yield postgres
    finally:
        postgres.drop()


def _with_database(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
