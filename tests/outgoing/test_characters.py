"""Characters: brought from the web by whoever may make agents."""

from collections.abc import Iterator

import orjson
import pytest

from tests.house_kit import House
from tests.outgoing.site import Site


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One that may fetch from this machine, where the test's site stands."""
    opened = House(tmp_path_factory.mktemp("house"), outgoing_allow=("127.0.0.1",))
    yield opened
    opened.close()


def test_a_character_is_fetched_and_taken_in(web: Site, house: House) -> None:
    web.shows("/ada.json", orjson.dumps({"name": "Ada", "bio": "Counts."}))

    made = house.http.post("/api/agents", json={"characterPath": web.url("/ada.json")})

    assert (made.status_code, made.json["data"]["character"]["bio"]) == (201, "Counts.")


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/none.json", 502, "FETCH_FAILED"),
        ("/endless", 400, "FETCHED_TOO_LARGE"),
        ("/page.html", 400, "UNREADABLE_CHARACTER"),
        ("/to-metadata", 400, "FORBIDDEN_ADDRESS"),
    ],
)
def test_what_is_no_character_is_refused(web: Site, house: House, path: str, status: int, code: str) -> None:
    web.shows("/page.html", b"<html>")
    web.redirects("/to-metadata", "http://169.254.169.254/latest/meta-data/")

    refused = house.http.post("/api/agents", json={"characterPath": web.url(path)})

    assert (refused.status_code, refused.json["error"]["code"]) == (status, code)
