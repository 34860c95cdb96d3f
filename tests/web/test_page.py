"""The page: under which addresses it is found, and what programs find there."""

from collections.abc import Callable

import pytest

from tests.house_kit import House

pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.mark.parametrize("path", ["/", "/chat/anything", "/group/any/thing", "/settings/", "/agents/new", "/no/where"])
def test_an_address_inside_of_the_page_can_be_opened_again(house: House, path: str) -> None:
    answer = house.http.get(path, headers=BROWSER)

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert house.http.open(path, method="HEAD", headers=BROWSER).status_code == 200


@pytest.mark.parametrize("path", ["/settings", "/chat", "/missing.js", "/assets/missing.css", "/chat.html"])
def test_a_program_is_told_that_there_is_nothing(house: House, path: str) -> None:
    answer = house.http.get(path)

    assert (answer.status_code, answer.json["error"]["code"]) == (404, 404)


@pytest.mark.parametrize("path", ["/missing.js", "/assets/missing.css", "/static/js", "/static/%2e%2e/app.py"])
def test_a_file_that_is_missing_is_no_page(house: House, path: str) -> None:
    answer = house.http.get(path, headers=BROWSER)

    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/json")


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/nowhere", "/media/x", "/api/agents/a/b/c/d"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_programs_use_is_never_a_page(house: House, path: str, method: str) -> None:
    answer = house.http.open(path, method=method, headers=BROWSER)

    assert (answer.status_code, answer.json["error"]["code"]) == (404, 404)


@pytest.mark.parametrize("path", ["/", "/chat/anything", "/group/any/thing"])
def test_the_addresses_that_people_pass_on_show_the_page_to_everybody(house: House, path: str) -> None:
    assert house.http.get(path).headers["Content-Type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nothing_can_be_sent_to_a_page(house: House, method: str) -> None:
    answer = house.http.open("/settings", method=method, headers=BROWSER)

    assert (answer.status_code, answer.json["error"]["code"]) == (405, 405)


def test_a_page_that_is_switched_off_is_not_served(open_house: Callable[..., House]) -> None:
    house = open_house(ui_enabled=False)

    assert [house.http.get(path, headers=BROWSER).status_code for path in ("/", "/settings")] == [403, 403]
    assert house.http.get("/missing.js", headers=BROWSER).status_code == 404
    assert house.http.get("/api/agents").status_code == 200


def test_the_files_of_the_page_travel_small(house: House) -> None:
    path, headers = "/static/js/main.js", {"Accept-Encoding": "gzip, br, zstd"}

    whole, small = house.http.get(path), house.http.get(path, headers=headers)
    again = house.http.get(path, headers={**headers, "If-None-Match": small.headers["ETag"]})

    assert small.headers["Content-Encoding"] == "zstd"
    assert len(small.data) < len(whole.data)
    assert again.status_code == 304
