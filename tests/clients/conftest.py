"""What the clients speak to: servers as people run them, whose models say what the tests know."""

from collections.abc import Iterator

import pytest

from tests.clients.model import ModelService


@pytest.fixture(scope="module")
def model() -> Iterator[ModelService]:
    with ModelService() as service:
        yield service
