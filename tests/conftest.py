"""What every test stands on: gevent as in production, an environment of its own, and real services on request."""

from gevent import monkey

monkey.patch_all()

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from eliza.db import Database
from tests.house_kit import Client, House
from tests.services.chromium import chromium, complaints_of, open_page
from tests.services.postgres import PostgresServer
from tests.services.processes import Server
from tests.services.redis import RedisServer
from tests.services.routing import remember_rules
from tests.services.sqlite import migrated

_KEPT = {"PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "CI", "PYTEST_CURRENT_TEST", "PYTEST_VERSION", "VIRTUAL_ENV"}

remember_rules()


def pytest_collection_finish() -> None:
    """All that was loaded stays to the end: the collector need not look at it again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _isolation(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No key, setting or ``.env`` of whoever runs the tests reaches them."""
    for name in os.environ.keys() - _KEPT:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """Where the server under test keeps its files."""
    return tmp_path / "data"


@pytest.fixture(params=["sqlite", "postgres"])
def backend(request: pytest.FixtureRequest) -> str:
    """Runs a test once on each kind of database."""
    return str(request.param)


@pytest.fixture
def database_url(backend: str, request: pytest.FixtureRequest) -> str | None:
    """What ``postgres_url`` of the settings is on this backend: nothing stands for the SQLite file in ``data_dir``."""
    return str(request.getfixturevalue("postgres_url")) if backend == "postgres" else None


@pytest.fixture
def database(database_url: str | None, data_dir: Path) -> Iterator[Database]:
    """An empty database with every table, on each backend in turn."""
    opened = (
        Database.open_postgres(database_url) if database_url else Database.open_sqlite(migrated(data_dir / "eliza.db"))
    )
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    server = PostgresServer()
    yield server
    server.stop()


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> str:
    """A database that is this test's own while it runs, with every table and no row."""
    return postgres.emptied("migrated", _migrate)


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    server = RedisServer()
    yield server
    server.stop()


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    redis_server.clear()
    return redis_server.url


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """``start_server(env={…})`` gives a server process that answers; all are gone when the test ends.

    ``folder`` names its place: two calls with the same one are the same server before and after a restart.
    """
    with ExitStack() as running:

        def start(folder: str = "server", *, env: dict[str, str] | None = None, wait: bool = True) -> Server:
            server = Server(tmp_path / folder, env=env)
            running.callback(server.kill)
            return server.wait_until_ready() if wait else server

        yield start


@pytest.fixture
def open_house(data_dir: Path, database_url: str | None) -> Iterator[Callable[..., House]]:
    """``open_house(**settings)`` gives a running server in this process, on each backend in turn.

    Opened again after a ``close``, it is the same server after a restart.
    """
    with ExitStack() as opened:

        def open_one(**options: Any) -> House:
            house = House(data_dir, database_url, **options)
            opened.callback(house.close)
            return house

        yield open_one


@pytest.fixture
def house(open_house: Callable[..., House]) -> House:
    """A running server in this process, on each backend in turn."""
    return open_house()


@pytest.fixture
def small_house(data_dir: Path) -> Iterator[House]:
    """A running server in this process on SQLite only, for what no database has a say in."""
    opened = House(data_dir)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def lasting_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A running server that all tests of a module share, for modules that open no other and leave no trace in it."""
    opened = House(tmp_path_factory.mktemp("house"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def ada(lasting_house: House) -> Client:
    """Ada, whom the shared server knows by a key of her own; from then on it lets in nobody without."""
    return lasting_house.as_("Ada")


@pytest.fixture(scope="module")
def bob(lasting_house: House) -> Client:
    """Bob, the same."""
    return lasting_house.as_("Bob")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page in a fresh browser profile. A test that ends with errors on the console has failed."""
    with open_page(browser) as opened:
        complaints = complaints_of(opened)
        yield opened
        assert complaints == []


def _migrate(url: str) -> None:
    Database.open_postgres(url).close()
