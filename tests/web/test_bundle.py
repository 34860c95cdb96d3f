"""A page that was built elsewhere: it is served whole, and nothing else of its folder or from outside."""

import hashlib
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.house_kit import House
from tests.web.conftest import SCRIPT

pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)


@pytest.fixture
def house(open_house: Callable[..., House], ui_dir: Path) -> House:
    return open_house(ui_dir=ui_dir)


@pytest.mark.parametrize("path", ["/", "/index.html", "/chat/x", "/settings/"])
def test_it_takes_the_place_of_our_own(house: House, path: str) -> None:
    answer = house.http.get(path, headers={"Accept": "text/html"})

    assert (answer.status_code, "Theirs" in answer.text) == (200, True)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/assets/main-CqTmsniN.js", "text/javascript; charset=utf-8"),
        ("/assets/main-BKgJnuMp.css", "text/css; charset=utf-8"),
        ("/favicon.ico", "image/x-icon"),
        ("/logo-of-the-house.png", "image/png"),
    ],
)
def test_what_it_loads_has_the_right_type(house: House, path: str, kind: str) -> None:
    answer = house.http.get(path)

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, kind)


@pytest.mark.parametrize(
    ("path", "caching"),
    [
        ("/assets/main-CqTmsniN.js", "public, max-age=31536000, immutable"),
        ("/logo-of-the-house.png", "no-cache"),
        ("/", "no-cache"),
    ],
)
def test_only_what_is_named_after_its_content_is_kept_without_asking(house: House, path: str, caching: str) -> None:
    first = house.http.get(path)
    again = house.http.get(path, headers={"If-None-Match": first.headers["ETag"]})

    assert first.headers["Cache-Control"] == caching
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize(
    "path",
    [
        "/.env",
        "/.git/config",
        "/link.txt",
        "/../outside.txt",
        "/%2e%2e/outside.txt",
        "/assets/..%2f..%2foutside.txt",
        "/assets",
        "/assets/",
        "/a%00.js",
    ],
)
def test_nothing_else_comes_out_of_the_folder(house: House, path: str) -> None:
    answer = house.http.get(path)

    assert answer.status_code == 404
    assert "secret" not in answer.text


def test_it_runs_the_scripts_it_came_with_and_no_others(house: House) -> None:
    policy = house.http.get("/").headers["Content-Security-Policy"]
    rules = dict(part.strip().partition(" ")[::2] for part in policy.split(";"))
    fingerprint = b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()

    scripts = [word for word in rules["script-src"].split() if not word.startswith("'nonce-")]
    assert scripts == ["'self'", "'unsafe-eval'", f"'sha256-{fingerprint}'"]
    assert (rules["style-src"], rules["connect-src"]) == ("'self' 'unsafe-inline'", "'self'")
    assert "http" not in policy


def test_the_rest_of_the_server_stays_strict(house: House) -> None:
    for path in ("/api/agents", "/static/icon.svg", "/healthz"):
        assert "unsafe" not in house.http.get(path).headers["Content-Security-Policy"]
