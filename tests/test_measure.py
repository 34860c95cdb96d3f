"""The measure itself: it notices an answer that is not what the description says."""

from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

from tests.house_kit import House
from tests.measure import hold_to_description


def _say(body: bytes) -> Callable[[TestResponse], None]:
    return lambda response: response.set_data(body)


def _with_status(response: TestResponse) -> None:
    response.status_code = 202


def _with_header(response: TestResponse) -> None:
    response.headers["X-Total-Count"] = "1"


def _as_page(response: TestResponse) -> None:
    response.content_type = "text/html"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (_say(b'{"pong": true, "timestamp": 1, "more": 2}'), "'more' was unexpected"),
        (_say(b'{"pong": true}'), '"timestamp" is a required property'),
        (_say(b'{"pong": "yes", "timestamp": 1}'), r"at \['pong'\]"),
        (_with_status, "the status is not described"),
        (_with_header, "'X-Total-Count'} is not described"),
        (_as_page, "text/html is not described"),
    ],
    ids=["another key", "no key", "another type", "status", "header", "media type"],
)
def test_an_answer_that_is_not_described_fails_the_test(
    lasting_house: House, change: Callable[[TestResponse], None], problem: str
) -> None:
    app = lasting_house.server.app
    response = app.test_client().get("/api/server/ping")
    hold_to_description(app, response)

    change(response)

    with pytest.raises(AssertionError, match=problem):
        hold_to_description(app, response)


def test_what_stays_open_may_hold_anything(lasting_house: House) -> None:
    character = {"name": "Odd", "bio": "x", "unheardOf": 1}

    created = lasting_house.http.post("/api/agents", json={"characterJson": character})

    assert created.json["data"]["character"]["unheardOf"] == 1
