"""Routes of the server's log, as the pages of elizaOS and its client use them."""

import logging
from typing import Any

import pytest

from eliza.ids import new_id, to_uuid
from tests.house_kit import House

ELIZA = str(to_uuid("Eliza"))
LEVELS = ["fatal", "error", "warn", "info", "log", "progress", "success", "debug", "trace"]
log = logging.getLogger("eliza.somewhere")


@pytest.fixture
def written(lasting_house: House, caplog: pytest.LogCaptureFixture) -> House:
    """A server whose log has four lines, one of them about Eliza."""
    caplog.set_level(logging.DEBUG, "eliza")
    lasting_house.http.delete("/api/server/logs")
    log.error("first")
    log.info("second", extra={"agent": "Eliza", "agent_id": ELIZA})
    log.debug("third")
    log.error("fourth")
    return lasting_house


def test_the_log_is_told_in_elizaos_shape(written: House) -> None:
    told = written.http.get("/api/server/logs").json

    assert {key: told[key] for key in told if key != "logs"} == {
        "count": 4,
        "total": 4,
        "requestedLevel": "all",
        "level": "all",
        "agentName": "all",
        "agentId": "all",
        "levels": LEVELS,
    }
    time = told["logs"][1].pop("time")
    assert isinstance(time, int)
    assert told["logs"][1] == {
        "level": 30,
        "msg": "second",
        "logger": "eliza.somewhere",
        "agentId": ELIZA,
        "agentName": "Eliza",
    }


@pytest.mark.parametrize(
    ("query", "lines"),
    [
        ({"level": "error"}, ["first", "fourth"]),
        ({"level": "all", "limit": 2}, ["third", "fourth"]),
        ({"agentName": "Eliza"}, ["second"]),
        ({"agentName": "Bob"}, []),
        ({"agentName": "all", "agentId": "all"}, ["first", "second", "third", "fourth"]),
        ({"agentId": ELIZA}, ["second"]),
        ({"agentId": str(new_id())}, []),
        ({"since": 0}, ["first", "second", "third", "fourth"]),
        ({"since": "2100-01-01"}, []),
    ],
    ids=["level", "limit", "name", "another name", "all", "id", "another id", "since ever", "since the future"],
)
def test_the_filters_filter(written: House, query: dict[str, Any], lines: list[str]) -> None:
    by_get = written.http.get("/api/server/logs", query_string=query)
    by_post = written.http.post("/api/server/logs", query_string=query)

    for told in (by_get, by_post):
        assert [line["msg"] for line in told.json["logs"]] == lines


def test_the_lines_of_a_turn_are_about_its_agent(small_house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "eliza")
    bob = small_house.agent("Bob")
    for agent_id in (bob, small_house.eliza):
        small_house.private("Ada", agent_id).asks("Ada", "Hi!")

    told = small_house.http.get("/api/server/logs", query_string={"agentId": str(bob)}).json

    assert [(line["msg"], line["agentName"], line["fields"]["status"]) for line in told["logs"]] == [
        ("turn ended", "Bob", "replied")
    ]


def test_what_clients_report_is_noted_as_theirs(written: House) -> None:
    report = {"level": "warn", "message": "A page\nbroke.", "source": "page", "metadata": {"line": 7}}

    told = written.http.post("/api/server/logs", json={"logs": [report, {"message": "Fine."}]}).json

    assert [(line["level"], line["msg"], line["logger"], line["fields"]) for line in told["logs"][-2:]] == [
        (40, "A page broke.", "eliza.logs.reports", {"source": "page", "metadata": '{"line":7}'}),
        (30, "Fine.", "eliza.logs.reports", {"source": "client"}),
    ]


def test_the_log_can_be_cleared(written: House) -> None:
    cleared = written.http.delete("/api/server/logs")

    assert (cleared.status_code, cleared.json["status"]) == (200, "success")
    assert written.http.get("/api/server/logs").json["logs"] == []


def test_a_log_that_did_not_change_is_not_sent_again(written: House) -> None:
    first = written.http.get("/api/server/logs")

    again = written.http.get("/api/server/logs", headers={"If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize(
    ("query", "field"),
    [({"level": "loud"}, "level"), ({"since": "yesterday"}, "since"), ({"agentId": "x"}, "agentId")],
    ids=["level", "moment", "id"],
)
def test_what_makes_no_sense_is_refused_by_name(lasting_house: House, query: dict[str, str], field: str) -> None:
    refused = lasting_house.http.get("/api/server/logs", query_string=query)

    assert (refused.status_code, refused.json["error"]["details"]["field"]) == (400, field)


@pytest.mark.parametrize(
    "path", ["/api/server/ping", "/api/agents", "/api/messaging/message-servers", "/api/system/version"]
)
def test_an_agent_in_the_query_changes_nothing_elsewhere(lasting_house: House, path: str) -> None:
    answers = [
        lasting_house.http.get(path, query_string={"agentId": agent_id}) for agent_id in ("all", str(new_id()), ELIZA)
    ]

    assert [answer.status_code for answer in answers] == [200] * 3
