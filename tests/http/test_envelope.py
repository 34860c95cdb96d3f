"""Envelope: whatever goes wrong, the answer is JSON of a known shape and shows nothing of the inside."""

from collections.abc import Callable

import pytest
from flask import Flask

from eliza.errors import ElizaError, NotFound, Unavailable
from eliza.http.envelope import speak_everywhere_else
from eliza.ids import to_uuid
from tests.house_kit import Answer, Client, House

ROOM = to_uuid("room")
MESSAGES = f"/api/messaging/channels/{ROOM}/messages"


@pytest.mark.parametrize("path", [MESSAGES, "/api/messaging/channels", "/api/agents", "/api/messaging/message-servers"])
def test_a_body_that_is_no_json_object_is_the_clients_mistake(lasting_house: House, path: str) -> None:
    bodies = [b"{", b'{"name": }', b"[]", b'"text"', b"null", b"\xff\xfe", b'{"name": "\\ud800"}', b"{}garbage", b"NaN"]

    refusals = [lasting_house.http.post(path, data=body, content_type="application/json") for body in bodies]

    assert [refused.status_code for refused in refusals] == [400] * len(bodies)
    for refused in refusals:
        _assert_clean(refused)


def test_a_body_of_another_kind_is_refused(lasting_house: House) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json"):
        refused = lasting_house.http.post(MESSAGES, data=b'{"content": "Hi!"}', content_type=kind)

        assert (refused.status_code, refused.json["code"]) == (415, "INVALID_CONTENT_TYPE")
        _assert_clean(refused)


def test_json_is_json_by_any_name(lasting_house: House) -> None:
    for kind in ("application/json; charset=utf-8", "APPLICATION/JSON", "application/ld+json"):
        refused = lasting_house.http.post(MESSAGES, data=b"{}", content_type=kind)

        assert refused.json["code"] == "VALIDATION_ERROR"


def test_a_body_that_is_too_large_is_refused_as_that(lasting_house: House) -> None:
    body = {"content": "x" * (3 << 20)}

    answers = [
        lasting_house.http.post(path, json=body) for path in (MESSAGES, "/api/agents", "/api/messaging/channels")
    ]

    assert [answer.status_code for answer in answers] == [413] * 3
    for answer in answers:
        _assert_clean(answer)


def test_a_route_that_does_not_exist_is_said_to_be_missing(lasting_house: House) -> None:
    assert lasting_house.http.get("/api/nowhere").json == {
        "success": False,
        "error": {"message": "API endpoint not found: GET /api/nowhere", "code": 404, "name": "NOT_FOUND"},
    }
    for path in ("/api", "/api/", "/api/messaging/nowhere", f"/api/agents/{ROOM}/nowhere", "/api/messaging/nothing"):
        missing = lasting_house.http.open(path, method="POST", json={})
        assert missing.status_code == 404, path
        _assert_clean(missing)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", MESSAGES, {"GET", "POST", "DELETE", "HEAD", "OPTIONS"}),
        ("DELETE", "/api/agents", {"GET", "POST", "HEAD", "OPTIONS"}),
        ("POST", "/api/server/ping", {"GET", "HEAD", "OPTIONS"}),
        ("TRACE", "/api/agents", {"GET", "POST", "HEAD", "OPTIONS"}),
    ],
)
def test_a_method_that_is_not_for_the_route_is_refused_with_those_that_are(
    lasting_house: House, method: str, path: str, allowed: set[str]
) -> None:
    refused = lasting_house.http.open(path, method=method)

    assert refused.status_code == 405
    assert {word.strip() for word in refused.headers["Allow"].split(",")} == allowed
    _assert_clean(refused)


def test_a_trailing_slash_makes_no_difference(lasting_house: House) -> None:
    for path in ("/api/agents", "/api/messaging/message-servers", "/health"):
        assert lasting_house.http.get(path).status_code == lasting_house.http.get(f"{path}/").status_code == 200


def test_odd_queries_are_no_trouble_for_the_server(lasting_house: House) -> None:
    for query in ("limit=99999999999999999999999", "before=" + "9" * 5000, "limit=1&limit=x", "%00=%ff", "&&="):
        assert lasting_house.http.get(f"{MESSAGES}?{query}").status_code in {200, 400}


def test_who_comes_at_a_bad_moment_is_told_when_to_come_again() -> None:
    app = Flask(__name__)
    speak_everywhere_else(app)
    app.add_url_rule("/busy", view_func=_failing_with(Unavailable("Not now")), endpoint="busy")
    app.add_url_rule("/wrong", view_func=_failing_with(NotFound("Not here")), endpoint="wrong")

    busy, wrong = Client(app).get("/busy"), Client(app).get("/wrong")

    assert (busy.status_code, busy.headers["Retry-After"]) == (503, "5")
    assert (wrong.status_code, "Retry-After" in wrong.headers) == (404, False)


def _assert_clean(answer: Answer) -> None:
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json["success"] is False
    assert "Traceback" not in answer.text
    assert ".py" not in answer.text


def _failing_with(failure: ElizaError) -> Callable[[], str]:
    def view() -> str:
        raise failure

    return view
