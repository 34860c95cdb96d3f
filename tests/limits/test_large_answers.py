"""Large answers: who lets them lie unread gets no more of them, and keeps nobody else from theirs."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from eliza.access.roles import Role
from eliza.ids import to_uuid
from eliza.plugins import Plugin
from eliza.plugins.route import Route
from tests.house_kit import Client, House

LARGE, SMALL = "x" * (30 << 20), "x"
ADDRESS = f"/api/agents/{to_uuid('Eliza')}/plugins/books"
BOOKS = Plugin(
    name="books",
    description="Has long books.",
    routes=(
        Route("GET", "/long", lambda _request, _agent: LARGE, role=Role.MEMBER),
        Route("GET", "/short", lambda _request, _agent: SMALL, role=Role.MEMBER),
    ),
)


@pytest.fixture
def house(data_dir: Path) -> Iterator[House]:
    opened = House(data_dir, plugins=[BOOKS])
    yield opened
    opened.close()


def unread(house: House, client: Client, book: str) -> TestResponse:
    """The answer to a client that has its head and reads no further; closed, it has been read or given up."""
    return house.server.app.test_client().get(f"{ADDRESS}/{book}", headers=client.headers)


def test_who_reads_slowly_gets_no_more_until_they_have_read(house: House) -> None:
    ada, bob = house.as_("Ada"), house.as_("Bob")
    answers = [unread(house, ada, "long") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 503]
    assert answers[2].json is not None
    assert (answers[2].json["code"], answers[2].headers["Retry-After"]) == ("TOO_MANY_LARGE_ANSWERS", "5")
    assert answers[2].headers["X-Content-Type-Options"] == "nosniff"
    assert unread(house, ada, "short").status_code == 200
    assert unread(house, bob, "long").status_code == 200

    answers[0].close()
    answers[0].close()

    assert [unread(house, ada, "long").status_code for _ in range(2)] == [200, 503]


def test_all_together_take_no_more_than_the_server_has_for_them(house: House) -> None:
    people = [house.as_(f"Person {number}") for number in range(5)]

    answers = [unread(house, person, "long") for person in people for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200] * 8 + [503] * 2
    for answer in answers:
        answer.close()
    assert unread(house, people[4], "long").status_code == 200
