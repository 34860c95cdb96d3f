"""What these tests stand on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.disk import SmallDisk, small_disk
from tests.services.postgres import PostgresServer


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk", megabytes=8) as made:
        yield made


@pytest.fixture(scope="module")
def own_postgres() -> Iterator[PostgresServer]:
    """A server that may be killed and frozen, since no other test stands on it."""
    server = PostgresServer(fsync=True)
    yield server
    server.stop()
