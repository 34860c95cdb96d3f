"""What these tests stand on."""

from collections.abc import Iterator

import pytest

from tests.outgoing.site import Site, site


@pytest.fixture
def web() -> Iterator[Site]:
    """A site on this machine, for one test."""
    with site() as opened:
        yield opened
