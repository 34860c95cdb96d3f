"""What these tests stand on."""

from collections.abc import Iterator

import pytest

from eliza.db import Database
from eliza.ids import new_id
from tests.house_kit import House
from tests.memory.make import Someone
from tests.spine import Spine


@pytest.fixture
def spine(database: Database) -> Spine:
    """The nouns below the routes, on each backend in turn."""
    return Spine(database)


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def common_house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A running server that all tests of a module share, on each backend in turn."""
    is_sqlite = request.param == "sqlite"
    url = None if is_sqlite else request.getfixturevalue("postgres").emptied("migrated", _migrate)
    opened = House(tmp_path_factory.mktemp("house"), url)
    yield opened
    opened.close()


@pytest.fixture
def agent(common_house: House) -> Someone:
    """An agent that no other test knows."""
    return _somebody(common_house)


@pytest.fixture
def other(common_house: House) -> Someone:
    """Another one."""
    return _somebody(common_house)


def _somebody(house: House) -> Someone:
    name = f"Agent{new_id().hex[:8]}"
    return Someone(house, house.agent(name), name)


def _migrate(url: str) -> None:
    Database.open_postgres(url).close()
