"""Servers that tests of this folder share; a test that needs its own heartbeat or end starts its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.transport.serving import OURS, STOCK, Echo, gunicorn


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("transport")


@pytest.fixture(scope="session")
def calm_ours(folder: Path) -> Iterator[Echo]:
    yield from _kept(gunicorn(folder / "ours", OURS, PING_INTERVAL=25, PING_TIMEOUT=20, WRITE_DEADLINE=1))


@pytest.fixture(scope="session")
def calm_stock(folder: Path) -> Iterator[Echo]:
    yield from _kept(gunicorn(folder / "stock", STOCK, PING_INTERVAL=25, PING_TIMEOUT=20, WRITE_DEADLINE=1))


@pytest.fixture(scope="session")
def brisk(folder: Path) -> Iterator[Echo]:
    """Pings every 300 ms and waits 200 ms for the answer, as protocol suites expect."""
    yield from _kept(
        gunicorn(folder / "brisk", OURS, PING_INTERVAL=0.3, PING_TIMEOUT=0.2, CONNECT_TIMEOUT=0.4, BODY_SECONDS=0.3)
    )


@pytest.fixture(params=["calm_ours", "calm_stock"], ids=["our worker", "the stock worker"])
def calm(request: pytest.FixtureRequest) -> Echo:
    """A server without heartbeats to speak of, under each worker in turn."""
    server: Echo = request.getfixturevalue(request.param)
    return server


def _kept(server: Echo) -> Iterator[Echo]:
    yield server
    server.kill()
