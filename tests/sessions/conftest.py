"""What these tests stand on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from eliza.db import Database
from tests.services.sqlite import migrated
from tests.spine import Spine


@pytest.fixture
def spine(database: Database) -> Spine:
    """The nouns below the routes, on each backend in turn."""
    return Spine(database)


@pytest.fixture
def small_spine(data_dir: Path) -> Iterator[Spine]:
    """The nouns below the routes on SQLite only, for what no database has a say in."""
    database = Database.open_sqlite(migrated(data_dir / "eliza.db"))
    yield Spine(database)
    database.close()
