"""Compression: who can read it gets long texts small, and nobody gets anything else than without it."""

import gzip
from collections.abc import Callable, Iterator

import brotli  # type: ignore[import-untyped]  # It has none.
import pytest
from backports import zstd
from flask import Flask, Response, request

from eliza.http.compression import compress
from tests.house_kit import Client

LONG = "All work and no play. " * 100
READERS: dict[str, Callable[[bytes], bytes]] = {
    "br": brotli.decompress,
    "gzip": gzip.decompress,
    "zstd": zstd.decompress,
}


@pytest.fixture
def http() -> Client:
    app = Flask(__name__)
    compress(app)
    app.add_url_rule("/long", view_func=_long)
    app.add_url_rule("/enormous", view_func=lambda: Response(b"x" * (5 << 20)), endpoint="enormous")
    app.add_url_rule("/short", view_func=lambda: Response(LONG[:1000]), endpoint="short")
    app.add_url_rule("/events", view_func=lambda: Response(_events(), mimetype="text/event-stream"), endpoint="events")
    app.add_url_rule("/picture", view_func=lambda: Response(LONG, mimetype="image/png"), endpoint="picture")
    app.add_url_rule("/part", view_func=lambda: Response(LONG, 206), endpoint="part")
    app.add_url_rule("/failure", view_func=lambda: Response(LONG, 500), endpoint="failure")
    return Client(app)


@pytest.mark.parametrize("coding", READERS)
def test_a_long_text_travels_small(http: Client, coding: str) -> None:
    answer = http.get("/long", headers={"Accept-Encoding": coding})

    assert answer.headers["Content-Encoding"] == coding
    assert READERS[coding](answer.data) == LONG.encode()
    assert int(answer.headers["Content-Length"]) == len(answer.data) < len(LONG) / 10
    assert answer.headers["Vary"] == "Accept-Encoding"


def test_a_browser_gets_the_quickest(http: Client) -> None:
    answer = http.get("/long", headers={"Accept-Encoding": "gzip, deflate, br, zstd"})

    assert answer.headers["Content-Encoding"] == "zstd"


@pytest.mark.parametrize("accepted", ["", "identity", "deflate"])
def test_who_cannot_read_it_gets_it_long(http: Client, accepted: str) -> None:
    answer = http.get("/long", headers={"Accept-Encoding": accepted})

    assert ("Content-Encoding" in answer.headers, answer.text) == (False, LONG)


@pytest.mark.parametrize("path", ["/short", "/enormous", "/events", "/picture", "/part", "/failure"])
def test_what_would_not_gain_by_it_or_hold_up_others_is_left_as_it_is(http: Client, path: str) -> None:
    assert "Content-Encoding" not in http.get(path, headers={"Accept-Encoding": "gzip, br, zstd"}).headers


@pytest.mark.parametrize("accepted", ["gzip", "zstd", ""])
def test_what_is_known_already_is_not_sent_again(http: Client, accepted: str) -> None:
    first = http.get("/long", headers={"Accept-Encoding": "zstd"})

    again = http.get("/long", headers={"Accept-Encoding": accepted, "If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["Vary"] == "Accept-Encoding"


def _long() -> Response:
    answer = Response(LONG)
    answer.add_etag()
    answer.make_conditional(request)
    return answer


def _events() -> Iterator[bytes]:
    yield LONG.encode()
