"""What these tests stand on."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from eliza.db import Database
from tests.services.disk import SmallDisk, small_disk
from tests.services.postgres import PostgresServer
from tests.services.sqlite import migrated
from tests.spine import Spine


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


@pytest.fixture
def spine(data_dir: Path) -> Iterator[Spine]:
    """The nouns below the routes."""
    with closing(Database.open_sqlite(migrated(data_dir / "eliza.db"))) as database:
        yield Spine(database)
