"""What these tests stand on."""

import pytest

from eliza.db import Database
from tests.spine import Spine


@pytest.fixture
def spine(database: Database) -> Spine:
    """The nouns below the routes, on each backend in turn."""
    return Spine(database)
