"""Routes of runs and logs, as clients use them."""

from collections.abc import Callable
from typing import Any

import pytest
from gevent.event import Event

from eliza.ids import new_id, unique_to
from eliza.llm.errors import ModelRefused
from eliza.testing.scripted import ScriptedModel
from tests.house_kit import Answer, House, id_of


def test_a_run_is_listed_with_what_it_cost(small_house: House) -> None:
    room = small_house.private("Ada", small_house.eliza)
    said = room.asks("Ada", "Hi!").json["userMessage"]

    listed = _get(small_house, "runs").json["data"]

    [run] = listed["runs"]
    assert (listed["total"], listed["hasMore"]) == (1, False)
    assert (run["status"], run["messageId"], run["entityId"]) == ("completed", said["id"], str(id_of("Ada")))
    assert run["roomId"] == str(unique_to(small_house.eliza, room.id))
    assert run["durationMs"] == run["endedAt"] - run["startedAt"] >= 0
    assert run["counts"] == {"actions": 1, "modelCalls": 1, "errors": 0, "evaluators": 0}
    assert (run["metadata"]["status"], run["metadata"]["model"]) == ("replied", "scripted/model")
    assert run["metadata"]["tokens"]["completion"] == 2


def test_a_run_tells_its_story(small_house: House) -> None:
    small_house.private("Ada", small_house.eliza).asks("Ada", "Hi!")
    [run] = _get(small_house, "runs").json["data"]["runs"]

    told = _get(small_house, f"runs/{run['runId']}").json["data"]

    assert told["summary"] == run
    assert [event["type"] for event in told["events"]] == [
        "RUN_STARTED",
        "MODEL_USED",
        "ACTION_STARTED",
        "ACTION_COMPLETED",
        "RUN_ENDED",
    ]
    assert told["events"][1]["data"]["response"] == "All right."


def test_a_turn_that_runs_out_of_time_is_a_run_that_did(open_house: Callable[..., House]) -> None:
    house = open_house(turn_seconds=0.05, model=ScriptedModel(gate=Event()))
    house.private("Ada", house.eliza).asks("Ada", "Hi!")

    [run] = _get(house, "runs", status="timeout").json["data"]["runs"]
    events = _get(house, f"runs/{run['runId']}").json["data"]["events"]

    assert (run["status"], run["counts"]["modelCalls"], run["counts"]["errors"]) == ("timeout", 1, 1)
    assert events[1]["data"]["error"] == "It was broken off."


def test_the_log_is_the_agents_own(small_house: House) -> None:
    bob = small_house.agent("Bob")
    small_house.private("Ada", bob).asks("Ada", "Hi!")
    small_house.private("Ada", small_house.eliza).asks("Ada", "Hi!")

    logs = _get(small_house, "logs").json["data"]

    assert [log["type"] for log in logs] == ["run_event", "action", "useModel:TEXT_LARGE"]
    assert "You are Eliza" in logs[2]["body"]["prompt"]
    assert set(logs[0]) == {"id", "type", "body", "entityId", "roomId", "createdAt"}


@pytest.fixture(scope="module")
def logged(lasting_house: House) -> House:
    """An agent that answered once, and once could not."""
    model, room = lasting_house.model, lasting_house.private("Ada", lasting_house.eliza)
    model.will_say("All right.", ModelRefused('The key is worn "out".'))
    room.asks("Ada", "Hi!")
    room.asks("Ada", "Hi?")
    return lasting_house


@pytest.mark.parametrize(
    ("query", "types"),
    [
        ({"type": "action"}, ["action"]),
        ({"count": 1}, ["run_event"]),
        ({"limit": 1, "offset": 1}, ["useModel:TEXT_LARGE"]),
        ({"limit": 1, "page": 3}, ["run_event"]),
        ({"excludeTypes": ["run_event", "TEXT_LARGE"]}, ["action"]),
        ({"excludeTypes": "action"}, ["run_event", "useModel:TEXT_LARGE"] * 2),
        ({"level": "error"}, ["run_event", "useModel:TEXT_LARGE"]),
        ({"level": "all", "search": 'WORN "out"'}, ["run_event", "useModel:TEXT_LARGE"]),
        ({"search": "100%"}, []),
        ({"from": "2100-01-01"}, []),
        ({"to": 0}, []),
    ],
    ids=["type", "count", "offset", "page", "without", "without one", "level", "search", "wildcard", "from", "to"],
)  # fmt: skip
def test_the_log_can_be_searched(logged: House, query: dict[str, Any], types: list[str]) -> None:
    found = _get(logged, "logs", **query)

    assert [log["type"] for log in found.json["data"]] == types


def test_what_was_not_changed_is_not_sent_again(small_house: House) -> None:
    small_house.private("Ada", small_house.eliza).asks("Ada", "Hi!")
    for path in ("runs", "logs"):
        first = _get(small_house, path)

        again = small_house.http.get(_url(small_house, path), headers={"If-None-Match": first.headers["ETag"]})

        assert (first.headers["X-Total-Count"], again.status_code, again.data) == (str(_total(first)), 304, b"")


def test_one_entry_can_be_deleted_once(small_house: House) -> None:
    small_house.private("Ada", small_house.eliza).asks("Ada", "Hi!")
    bob = small_house.agent("Bob")
    log_id = _get(small_house, "logs").json["data"][1]["id"]

    by_another = small_house.http.delete(f"/api/agents/{bob}/logs/{log_id}")
    deletions = [small_house.http.delete(_url(small_house, f"logs/{log_id}")) for _ in range(2)]

    assert [by_another.status_code, *(one.status_code for one in deletions)] == [404, 204, 404]
    assert [log["type"] for log in _get(small_house, "logs").json["data"]] == ["run_event", "useModel:TEXT_LARGE"]


@pytest.mark.parametrize("path", ["runs", "logs", f"runs/{new_id()}"])
def test_what_nobody_knows_is_not_found(lasting_house: House, path: str) -> None:
    unknown = lasting_house.http.get(f"/api/agents/{new_id()}/{path}")

    assert (unknown.status_code, unknown.json["error"]["code"]) == (404, "NOT_FOUND")


def test_a_run_that_nobody_knows_is_not_found(lasting_house: House) -> None:
    unknown = _get(lasting_house, f"runs/{new_id()}")

    assert (unknown.status_code, unknown.json["error"]["code"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        ("runs", {"status": "walked"}, "status"),
        ("runs", {"from": "yesterday"}, "from"),
        ("runs", {"roomId": "here"}, "roomId"),
        ("logs", {"limit": "many"}, "limit"),
        ("logs", {"cursor": "x"}, "cursor"),
    ],
    ids=["status", "moment", "room", "limit", "cursor"],
)
def test_what_makes_no_sense_is_refused_by_name(
    lasting_house: House, path: str, query: dict[str, str], field: str
) -> None:
    refused = _get(lasting_house, path, **query)

    assert (refused.status_code, refused.json["error"]["details"]["field"]) == (400, field)


def test_a_limit_is_brought_within_bounds(lasting_house: House) -> None:
    answers = [_get(lasting_house, "runs", limit=limit) for limit in (-5, 0, 100_000)]

    assert [answer.status_code for answer in answers] == [200] * 3


def _get(house: House, path: str, **query: Any) -> Answer:
    return house.http.get(_url(house, path), query_string=query)


def _url(house: House, path: str) -> str:
    return f"/api/agents/{house.eliza}/{path}"


def _total(listed: Answer) -> int:
    given = listed.json["data"]
    return len(given) if isinstance(given, list) else int(given["total"])
