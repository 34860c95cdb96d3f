"""What plugins answer over HTTP: where it is found, for which agent, and what comes of it when they fail."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from eliza.errors import Conflict
from eliza.ids import to_uuid
from eliza.plugins import Plugin, Reply, Request, Route
from eliza.runtime.agent import Agent
from eliza.testing.clock import FrozenClock
from tests.house_kit import Client, House

ELIZA = to_uuid("Eliza")
KEY = {"X-API-KEY": "the key"}


def tell(request: Request, agent: Agent) -> dict[str, Any]:
    return {
        "agent": agent.name,
        "method": request.method,
        "path": request.path,
        "params": request.params,
        "query": request.query,
        "body": request.body.decode() if isinstance(request.body, bytes) else request.body,
        "note": request.headers.get("x-note"),
        "now": f"{request.now:%H:%M}",
    }


def fail(_request: Request, _agent: Agent) -> None:
    raise RuntimeError("the notes are on fire")


def refuse(_request: Request, _agent: Agent) -> None:
    raise Conflict("That note is taken")


def answering(answer: Any) -> Callable[[Request, Agent], Any]:
    return lambda _request, _agent: answer


NOTES = Plugin(
    name="notes",
    description="Keeps notes.",
    routes=(
        Route("GET", "/", tell),
        Route("POST", "/", tell),
        Route("GET", "/:id", tell),
        Route("GET", "/:id/lines/:line", tell),
        Route("GET", "/all", answering(["one", "two"])),
        Route("GET", "/files/*", tell),
        Route("GET", "/kinds/text", answering("Plain.")),
        Route("GET", "/kinds/bytes", answering(b"\0\1")),
        Route("GET", "/kinds/nothing", answering(None)),
        Route("GET", "/kinds/page", answering(Reply("<p>Hi.</p>", content_type="text/html; charset=utf-8"))),
        Route("GET", "/kinds/status", answering(({"made": True}, 201))),
        Route("GET", "/kinds/none-of-these", answering({"what": object()})),
        Route("DELETE", "/fail", fail),
        Route("DELETE", "/refuse", refuse),
        Route("GET", "/board", answering("x"), name="Board", public=True),
    ),
)
PREFIXES = ["/notes", "/api/notes", f"/api/agents/{ELIZA}/plugins/notes"]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    opened = House(tmp_path_factory.mktemp("house"), plugins=[NOTES], clock=FrozenClock())
    yield opened
    opened.close()


@pytest.fixture
def http(house: House) -> Client:
    return house.http


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_route_is_asked_at_each_address_of_its_plugin(http: Client, prefix: str) -> None:
    answer = http.post(f"{prefix}/?a=1&b=%20", json={"text": "Hi."}, headers={"X-Note": "seven"})

    assert (answer.status_code, answer.json) == (
        200,
        {
            "agent": "Eliza",
            "method": "POST",
            "path": f"{prefix}/",
            "params": {},
            "query": {"a": "1", "b": " "},
            "body": {"text": "Hi."},
            "note": "seven",
            "now": "12:00",
        },
    )


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("", {}),
        ("/7", {"id": "7"}),
        ("/a%20b", {"id": "a b"}),
        ("/7/lines/2", {"id": "7", "line": "2"}),
        ("/files/a/b.txt", {"*": "a/b.txt"}),
    ],
)
def test_the_places_of_a_path_are_filled(http: Client, path: str, params: dict[str, str]) -> None:
    assert http.get(f"/api/notes{path}").json["params"] == params


def test_a_path_that_is_written_out_goes_before_one_with_places(http: Client) -> None:
    assert http.get("/api/notes/all").json == ["one", "two"]


@pytest.mark.parametrize(("sent", "body"), [({"data": "Hi."}, "Hi."), ({"json": [1, 2]}, [1, 2]), ({}, None)])
def test_a_body_is_what_was_sent(http: Client, sent: dict[str, Any], body: object) -> None:
    assert http.post("/api/notes", **sent).json["body"] == body


def test_a_body_that_is_no_json_though_it_says_so_is_refused(http: Client) -> None:
    refused = http.post("/api/notes", data="{", content_type="application/json")

    assert (refused.status_code, refused.json["code"]) == (400, "VALIDATION_ERROR")


@pytest.mark.parametrize(
    ("kind", "status", "content_type", "body"),
    [
        ("text", 200, "text/plain; charset=utf-8", b"Plain."),
        ("bytes", 200, "application/octet-stream", b"\0\1"),
        ("nothing", 204, "text/html; charset=utf-8", b""),
        ("page", 200, "text/html; charset=utf-8", b"<p>Hi.</p>"),
        ("status", 201, "application/json", b'{"made":true}'),
    ],
)
def test_an_answer_is_sent_as_what_it_is(http: Client, kind: str, status: int, content_type: str, body: bytes) -> None:
    answer = http.get(f"/api/notes/kinds/{kind}")

    assert (answer.status_code, answer.headers["Content-Type"], answer.data) == (status, content_type, body)


def test_a_failure_is_told_with_a_reference_and_nothing_more(http: Client) -> None:
    for answer in (http.delete("/api/notes/fail"), http.get("/api/notes/kinds/none-of-these")):
        assert (answer.status_code, answer.json["code"]) == (500, "INTERNAL_ERROR")
        assert answer.json["error"].startswith("Internal server error (reference ")
        assert "fire" not in answer.text


def test_a_failure_with_a_name_is_told_as_it_is(http: Client) -> None:
    refused = http.delete("/api/notes/refuse")

    assert (refused.status_code, refused.json) == (409, {"error": "That note is taken", "code": "CONFLICT"})


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nothing/there", 404), ("PUT", "/", 405)])
def test_what_a_plugin_does_not_answer_is_not_there(http: Client, method: str, path: str, status: int) -> None:
    answer = http.open(f"/api/notes{path}", method=method)

    assert (answer.status_code, answer.json["error"]["code"]) == (status, status)


# For which agent


def test_it_is_for_the_agent_that_is_asked(house: House) -> None:
    ada = house.agent("Ada")

    for asked in (f"/api/agents/{ada}/plugins/notes", f"/api/notes?agentId={ada}", f"/notes?agentId={ada}"):
        assert house.http.get(asked).json["agent"] == "Ada"
    house.server.unregister_agent(ada)
    assert house.http.get("/api/notes").json["agent"] == "Eliza"


def test_it_is_for_nobody_else_than_the_agent_that_is_asked(house: House) -> None:
    stopped = house.agent("Alan", start=False)

    for asked in ("/api/agents/{}/plugins/notes", "/api/notes?agentId={}", "/notes?agentId={}"):
        answers = [house.http.get(asked.format(agent_id)) for agent_id in (uuid4(), stopped, "nobody")]
        assert [(answer.status_code, answer.json["error"]["code"]) for answer in answers] == [
            (404, "AGENT_NOT_FOUND"),
            (404, "AGENT_NOT_FOUND"),
            (400, "INVALID_AGENT_ID"),
        ]


def test_an_agent_in_the_query_means_nothing_elsewhere(http: Client) -> None:
    assert http.get(f"/api/server/ping?agentId={uuid4()}").status_code == 200
    assert http.get("/api/server/ping?agentId=all").status_code == 200


def test_while_no_agent_runs_nobody_answers(tmp_path: Path) -> None:
    house = House(tmp_path / "data", plugins=[NOTES])
    house.stop(house.eliza)

    answer = house.http.get("/api/notes")
    house.close()

    assert (answer.status_code, answer.json["error"]["code"]) == (404, "AGENT_NOT_FOUND")


# Who may ask


def test_every_address_takes_the_key(tmp_path: Path) -> None:
    closed = House(tmp_path / "closed", plugins=[NOTES], auth_token=KEY["X-API-KEY"])
    without = {
        closed.http.get(f"{prefix}{path}").status_code for prefix in PREFIXES for path in ("", "/7", "/no/where")
    }
    with_key = {closed.http.get(prefix, headers=KEY).status_code for prefix in PREFIXES}
    closed.close()

    assert (without, with_key) == ({401}, {200})


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_page_of_another_cannot_use_them(http: Client, prefix: str) -> None:
    refused = http.post(prefix, data="x", headers={"Origin": "https://evil.example"})

    assert (refused.status_code, refused.json["code"]) == (403, "FOREIGN_ORIGIN")


# Whose address it is


@pytest.mark.parametrize(
    ("name", "free"),
    [
        ("agents", set()),
        ("server", {"/server"}),
        ("api", {"/api/api"}),
        ("chat", {"/api/chat"}),
        ("healthz", {"/api/healthz"}),
        ("static", {"/api/static"}),
        ("socket.io", {"/api/socket.io"}),
    ],
)
def test_a_plugin_that_is_named_like_a_part_of_the_server_leaves_it_alone(
    tmp_path: Path, name: str, free: set[str]
) -> None:
    thief = Plugin(name, "", routes=(Route("GET", "/", answering("stolen")), Route("GET", "/*", answering("stolen"))))
    house = House(tmp_path / "data", plugins=[thief])
    paths = [f"/api/{name}", f"/{name}", "/api/agents", "/api/server/ping", "/chat/x", "/static/icon.svg", "/healthz"]

    answers = {path: house.http.get(path).text for path in paths}
    own = house.http.get(f"/api/agents/{ELIZA}/plugins/{name}").text
    house.close()

    assert {path for path, text in answers.items() if text == "stolen"} == free
    assert own == "stolen"


def test_of_two_plugins_with_one_address_the_higher_priority_answers(tmp_path: Path) -> None:
    def named(answer: str, priority: int) -> Plugin:
        return Plugin("twin", "", routes=(Route("GET", "/x", answering(answer)),), priority=priority)

    house = House(tmp_path / "data", plugins=[named("second", 1), named("first", 2)])

    answers = {house.http.get(address).text for address in ("/twin/x", "/api/twin/x")}
    house.close()

    assert answers == {"first"}


def test_a_plugin_may_be_named_like_a_package(tmp_path: Path) -> None:
    house = House(tmp_path / "data", plugins=[Plugin("@ada/plug.in", "", routes=(Route("GET", "/x", tell),))])

    answer = house.http.get("/api/@ada/plug.in/x")
    house.close()

    assert answer.json["path"] == "/api/@ada/plug.in/x"


# Panels


def test_the_panels_of_an_agent_can_be_opened(http: Client) -> None:
    panels = http.get(f"/api/agents/{ELIZA}/panels").json
    opened = http.get(panels["data"][0]["path"])

    path = f"/api/agents/{ELIZA}/plugins/notes/board?agentId={ELIZA}"
    assert panels == {"success": True, "data": [{"name": "Board", "path": path}]}
    assert (opened.text, opened.headers["X-Frame-Options"]) == ("x", "SAMEORIGIN")
    assert "frame-ancestors 'self'" in opened.headers["Content-Security-Policy"]
    assert http.get("/api/notes/all").headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize(
    ("agent_id", "status", "code"), [(str(uuid4()), 404, "NOT_FOUND"), ("x", 400, "INVALID_ID")], ids=["unknown", "bad"]
)
def test_nobody_has_no_panels(http: Client, agent_id: str, status: int, code: str) -> None:
    answer = http.get(f"/api/agents/{agent_id}/panels")

    assert (answer.status_code, answer.json["error"]["code"]) == (status, code)
