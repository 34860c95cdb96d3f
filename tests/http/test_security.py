"""Security: who may enter, what a browser is told, and which pages may ask."""

import socket
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from eliza.ids import to_uuid
from tests.house_kit import House
from tests.services.waiting import eventually

KEY = "a long and random key"
GUARDED = [
    "/api/agents",
    "/api/messaging/message-servers",
    "/api/server/ping",
    "/api/nowhere",
    "/media/x.png",
    "/media",
]


@pytest.fixture
def closed_house(open_house: Callable[..., House]) -> House:
    return open_house(auth_token=KEY)


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_without_the_key_nobody_enters(closed_house: House) -> None:
    wrong = [{}, *({"X-API-KEY": key} for key in (KEY[:-1], f"{KEY}x", "\xe9", "")), {"Authorization": f"Basic {KEY}"}]

    answers = [closed_house.http.get(path, headers=headers) for path in GUARDED for headers in wrong]
    in_the_query = closed_house.http.get(f"/api/agents?apiKey={KEY}")

    assert {answer.status_code for answer in [*answers, in_the_query]} == {401}
    assert answers[0].json == {
        "error": "API key required",
        "message": "Send a key in the X-API-KEY header, or a key or token as Authorization: Bearer",
        "code": "API_KEY_REQUIRED",
    }
    assert answers[1].json == {
        "error": "Credential refused",
        "message": "What you sent is not known here; sign in again, or use another key",
        "code": "CREDENTIAL_REFUSED",
    }


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "headers", [{"X-API-KEY": KEY}, {"Authorization": f"Bearer {KEY}"}, {"Authorization": f"bearer  {KEY} "}]
)
def test_with_the_key_everybody_enters(closed_house: House, headers: dict[str, str]) -> None:
    assert closed_house.http.get("/api/agents", headers=headers).status_code == 200
    assert closed_house.http.get("/api/nowhere", headers=headers).status_code == 404


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_nothing_is_done_for_who_has_no_key(closed_house: House) -> None:
    posted = closed_house.http.post("/api/agents", json={"characterJson": {"name": "Alpha", "bio": "x"}})
    deleted = closed_house.http.delete(f"/api/agents/{closed_house.eliza}")

    assert (posted.status_code, deleted.status_code) == (401, 401)
    assert [agent.name for agent in closed_house.server.agents] == ["Eliza"]


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_the_page_and_the_pulse_need_no_key(closed_house: House) -> None:
    for path in ("/", "/healthz", "/health", f"/chat/{to_uuid('Eliza')}"):
        assert closed_house.http.get(path).status_code == 200
    assert closed_house.http.open("/api/agents", method="OPTIONS").status_code == 200


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.parametrize("path", ["//api/agents", "/api//agents", "/./api/agents", "/x/../api/agents", "/%61pi/agents"])
def test_no_spelling_of_a_path_goes_around_the_gate(closed_house: House, path: str) -> None:
    # Over a real socket, since clients tidy up what they are given.
    url = closed_house.serve()
    session = requests.Session()
    request = requests.Request("GET", url).prepare()
    request.url = url + path

    answer = session.send(request, allow_redirects=True)

    assert "Eliza" not in answer.text or answer.headers["Content-Type"].startswith("text/html")
    assert answer.status_code in {401, 404}


@pytest.mark.parametrize("path", ["/", "/api/agents", "/healthz", "/api/nowhere"])
def test_every_answer_tells_the_browser_to_be_careful(small_house: House, path: str) -> None:
    headers = small_house.http.get(path).headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    policy = dict(part.strip().partition(" ")[::2] for part in headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'self'"
    assert policy["object-src"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert "*" not in headers["Content-Security-Policy"]
    assert "Strict-Transport-Security" not in headers
    assert "X-Powered-By" not in headers


@pytest.mark.parametrize("path", ["/api/auth/me", "/api/messaging/channels/nowhere", "/media/nothing"])
def test_no_cache_keeps_what_is_behind_the_key(closed_house: House, path: str) -> None:
    assert closed_house.http.get(path, headers={"X-API-KEY": KEY}).headers["Cache-Control"] == "no-store"


def test_no_cookie_is_set(small_house: House) -> None:
    for path in ("/", "/api/agents"):
        assert "Set-Cookie" not in small_house.http.get(path).headers


def test_no_other_page_may_ask_unless_it_was_allowed(small_house: House) -> None:
    answer = small_house.http.get("/api/agents", headers={"Origin": "https://evil.example"})

    assert answer.status_code == 200
    assert [name for name, _ in answer.headers if name.lower().startswith("access-control")] == []


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_page_that_was_allowed_may_ask(open_house: Callable[..., House]) -> None:
    house = open_house(cors_origins=("https://app.example",), auth_token=KEY)
    preflight_headers = {
        "Origin": "https://app.example",
        "Access-Control-Request-Method": "PATCH",
        "Access-Control-Request-Headers": "x-api-key, x-entity-id, content-type, idempotency-key",
    }

    allowed = house.http.get("/api/agents", headers={"Origin": "https://app.example", "X-API-KEY": KEY}).headers
    preflight = house.http.open("/api/agents/x", method="OPTIONS", headers=preflight_headers)
    refused = house.http.get("/api/agents", headers={"Origin": "https://evil.example", "X-API-KEY": KEY}).headers

    assert allowed["Access-Control-Allow-Origin"] == "https://app.example"
    assert allowed["Access-Control-Allow-Credentials"] == "true"
    assert preflight.status_code in {200, 204}
    assert preflight.headers["Access-Control-Allow-Origin"] == "https://app.example"
    assert "PATCH" in preflight.headers["Access-Control-Allow-Methods"]
    asked = {"x-api-key", "x-entity-id", "content-type", "idempotency-key"}
    assert asked == {word.strip().lower() for word in preflight.headers["Access-Control-Allow-Headers"].split(",")}
    assert "Access-Control-Allow-Origin" not in refused


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_when_every_page_may_ask_none_may_use_the_credentials_of_its_reader(open_house: Callable[..., House]) -> None:
    house = open_house(cors_origins=("*",))

    headers = house.http.get("/api/agents", headers={"Origin": "https://any.example"}).headers

    assert "Access-Control-Allow-Credentials" not in headers
    assert headers["Access-Control-Allow-Origin"] in {"*", "https://any.example"}


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_refusal_can_be_read_by_a_page_that_was_allowed(open_house: Callable[..., House]) -> None:
    house = open_house(cors_origins=("https://app.example",), auth_token=KEY)

    refused = house.http.get("/api/agents", headers={"Origin": "https://app.example"})

    assert refused.status_code == 401
    assert refused.headers["Access-Control-Allow-Origin"] == "https://app.example"


# Pages of others in the user's own browser


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "http://localhost:5000", "http://localhost.evil.example", "http://[", "localhost"],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_page_of_another_cannot_change_anything(small_house: House, method: str, origin: str) -> None:
    path = f"/api/agents/{small_house.eliza}"

    refused = small_house.http.open(path, method=method, json={"system": "x"}, headers={"Origin": origin})

    assert refused.status_code == 403
    assert "FOREIGN_ORIGIN" in refused.text
    assert small_house.http.get(path).json["data"]["system"] != "x"


@pytest.mark.parametrize("origin", ["http://localhost", "https://LOCALHOST", "http://localhost:80", None])
def test_our_own_page_and_programs_can(small_house: House, origin: str | None) -> None:
    headers = {"Origin": origin} if origin else {}

    changed = small_house.http.patch(f"/api/agents/{small_house.eliza}", json={"topics": ["tea"]}, headers=headers)

    assert changed.status_code == 200


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.parametrize("allowed", ["https://app.example", "*"])
def test_a_page_that_was_allowed_may_change_things(open_house: Callable[..., House], allowed: str) -> None:
    house = open_house(cors_origins=(allowed,))
    origin = {"Origin": "https://app.example"}

    changed = house.http.patch(f"/api/agents/{house.eliza}", json={"topics": ["tea"]}, headers=origin)

    assert changed.status_code == 200


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_who_holds_the_key_may_come_from_anywhere(open_house: Callable[..., House]) -> None:
    house = open_house(auth_token=KEY)
    headers = {"Host": "eliza.example", "Origin": "https://other.example", "X-API-KEY": KEY}

    changed = house.http.patch(f"/api/agents/{house.eliza}", json={"topics": ["tea"]}, headers=headers)

    assert changed.status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:3000", "127.0.0.1.evil.example", "10.0.0.1", "[::2]", "["]
)
@pytest.mark.parametrize("path", ["/api/agents", "/", "/healthz"])
def test_a_name_that_was_bent_to_this_machine_finds_nothing(small_house: House, host: str, path: str) -> None:
    refused = small_house.http.get(path, headers={"Host": host})

    assert refused.status_code == 421
    assert "Eliza" not in refused.text


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:3000", "eliza.localhost", "127.0.0.1:3000", "127.1.2.3", "[::1]:3000", "[::1]"]
)
def test_the_names_of_this_machine_find_it(small_house: House, host: str) -> None:
    assert small_house.http.get("/api/agents", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_name_under_which_pages_were_allowed_finds_it(open_house: Callable[..., House]) -> None:
    house = open_house(cors_origins=("https://eliza.example",))

    assert house.http.get("/api/agents", headers={"Host": "eliza.example"}).status_code == 200
    assert house.http.get("/api/agents", headers={"Host": "evil.example"}).status_code == 421


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_who_is_shut_out_before_they_have_said_what_they_want_is_not_heard(house: House) -> None:
    admin, ada = house.as_("Olga", "admin"), house.credential("Ada")["X-API-KEY"]
    body, port = b'{"name":"A back door"}', int(house.serve().rpartition(":")[2])
    head = f"POST /api/messaging/channels HTTP/1.1\r\nHost: localhost\r\nX-API-KEY: {ada}\r\nConnection: close\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"

    def hers() -> dict[str, Any]:
        keys = admin.get("/api/keys").json["data"]["keys"]
        return next(key for key in keys if key["entityId"] == str(to_uuid("Ada")))

    with socket.create_connection(("127.0.0.1", port)) as slow:
        slow.sendall(head.encode())
        eventually(lambda: hers()["lastUsedAt"] is not None)
        let_in_at = time.monotonic()
        admin.delete(f"/api/keys/{hers()['id']}")
        eventually(lambda: time.monotonic() - let_in_at > 0.1)
        slow.sendall(body)
        answer = slow.makefile("rb").read()

    assert answer.startswith(b"HTTP/1.1 401 ")
    assert b"CREDENTIAL_REFUSED" in answer
