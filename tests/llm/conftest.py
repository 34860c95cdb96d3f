"""Providers' servers that the tests play themselves."""

from collections.abc import Iterator

import pytest

from tests.llm.served import DIALECTS, Dialect, Served


@pytest.fixture
def server() -> Iterator[Served]:
    with Served() as served:
        yield served


@pytest.fixture(params=DIALECTS, ids=lambda dialect: dialect.name)
def dialect(request: pytest.FixtureRequest) -> Dialect:
    chosen: Dialect = request.param
    return chosen
