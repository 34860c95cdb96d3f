"""What these tests stand on."""

from collections.abc import Iterator

import pytest

from eliza.db import Database
from tests.services.postgres import PostgresServer
from tests.spine import Spine


@pytest.fixture
def spine(database: Database) -> Spine:
    """The nouns below the routes, on each backend in turn."""
    return Spine(database)


@pytest.fixture
def own_postgres() -> Iterator[PostgresServer]:
    """A server that may be killed, since no other test stands on it."""
    server = PostgresServer(fsync=True)
    yield server
    server.stop()
