"""Key: files behind a key can be shown by a page that has brought it, and by nobody else."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.house_kit import House
from tests.media.sending import png, to_agent, uploaded

KEY = {"X-API-KEY": "a long and secret key"}


@pytest.fixture
def guarded(data_dir: Path) -> Iterator[House]:
    opened = House(data_dir, auth_token=KEY["X-API-KEY"])
    yield opened
    opened.close()


def page(house: House) -> FlaskClient:
    """A browser's page: it keeps cookies."""
    return house.server.app.test_client()


def test_a_file_behind_a_key_needs_it(guarded: House) -> None:
    url = uploaded(to_agent(guarded, png(), headers=KEY))["url"]

    assert guarded.http.get(url).status_code == 401
    assert guarded.http.get(url, headers=KEY).data == png()


def test_a_page_that_brought_the_key_can_show_files(guarded: House) -> None:
    url, browser = uploaded(to_agent(guarded, png(), headers=KEY))["url"], page(guarded)
    cookie = browser.get("/api/agents", headers=KEY).headers["Set-Cookie"]

    assert browser.get(url).data == png()
    assert {"Path=/media", "HttpOnly", "SameSite=Strict"} < set(cookie.split("; "))
    assert KEY["X-API-KEY"] not in cookie


def test_the_cookie_opens_nothing_but_files(guarded: House) -> None:
    browser = page(guarded)
    value = browser.get("/api/agents", headers=KEY).headers["Set-Cookie"].partition(";")[0].partition("=")[2]
    browser.set_cookie("eliza_media", value)

    assert browser.get("/api/agents").status_code == 401


def test_whoever_signs_out_leaves_no_files_behind_in_the_browser(guarded: House) -> None:
    url, browser = uploaded(to_agent(guarded, png(), headers=KEY))["url"], page(guarded)
    browser.get("/api/agents", headers=KEY)

    browser.post("/api/auth/logout", json={})

    assert browser.get(url).status_code == 401


@pytest.mark.parametrize("value", ["", "x", "ü"])
def test_a_made_up_cookie_opens_nothing(guarded: House, value: str) -> None:
    url, browser = uploaded(to_agent(guarded, png(), headers=KEY))["url"], page(guarded)

    browser.set_cookie("eliza_media", value)

    assert browser.get(url).status_code == 401


def test_who_has_not_brought_the_key_is_given_no_cookie(guarded: House) -> None:
    assert "Set-Cookie" not in guarded.http.get("/api/agents").headers


def test_without_a_key_there_is_no_cookie(small_house: House) -> None:
    assert "Set-Cookie" not in small_house.http.get("/api/agents", headers=KEY).headers
