"""The stream of the server's log over sockets."""

import logging
from collections.abc import Iterator

import pytest

from eliza.ids import to_uuid
from eliza.realtime.log_stream import Filters
from tests.house_kit import House, Socket

ELIZA = str(to_uuid("Eliza"))
log = logging.getLogger("eliza.somewhere")


@pytest.fixture
def ada(lasting_house: House, caplog: pytest.LogCaptureFixture) -> Iterator[Socket]:
    caplog.set_level(logging.INFO, "eliza")
    opened = lasting_house.socket("Ada")
    yield opened
    opened.close()


def test_a_subscriber_hears_every_line_once(ada: Socket) -> None:
    confirmed = ada.calls("subscribe_logs")
    log.warning("hello", extra={"agent": "Eliza", "agent_id": ELIZA})
    log.error("the end")

    ada.hears("log_stream", count=2)

    assert confirmed["subscribed"] is True
    assert ada.all("log_subscription_confirmed") == [confirmed]
    first, second = ada.all("log_stream")
    assert first["type"] == "log_entry"
    assert isinstance(first["payload"].pop("time"), int)
    assert first["payload"] == {
        "level": 40,
        "msg": "hello",
        "logger": "eliza.somewhere",
        "agentId": ELIZA,
        "agentName": "Eliza",
    }
    assert second["payload"]["msg"] == "the end"


@pytest.mark.parametrize(
    ("filters", "heard"),
    [
        ({"level": "warn"}, ["bob warns", "an error"]),
        ({"level": "all"}, ["eliza informs", "bob warns", "an error"]),
        ({"agentName": "Eliza"}, ["eliza informs"]),
        ({"agentId": ELIZA.upper()}, ["eliza informs"]),
        ({"agentName": "Bob", "level": "error"}, []),
        ({"agentName": "all", "agentId": "all"}, ["eliza informs", "bob warns", "an error"]),
    ],
    ids=["level", "all levels", "name", "id", "both", "all agents"],
)
def test_each_hears_what_passes_their_own_filters(
    lasting_house: House, ada: Socket, filters: dict[str, str], heard: list[str]
) -> None:
    other = lasting_house.socket("Bob")
    for socket in (ada, other):
        socket.calls("subscribe_logs")
    updated = ada.calls("update_log_filters", filters)
    ada.calls("subscribe_logs")

    log.info("eliza informs", extra={"agent": "Eliza", "agent_id": ELIZA})
    log.warning("bob warns", extra={"agent": "Bob", "agent_id": str(to_uuid("Bob"))})
    log.error("an error")
    other.hears("log_stream", count=3)
    ada.calls("unsubscribe_logs")

    assert updated["success"] is True
    assert [told["payload"]["msg"] for told in ada.all("log_stream")] == heard


def test_filters_are_changed_one_by_one(ada: Socket) -> None:
    ada.calls("subscribe_logs")
    ada.calls("update_log_filters", {"level": "warn"})

    updated = ada.calls("update_log_filters", {"agentName": "Eliza"})

    assert updated == {"success": True, "filters": {"level": "warn", "agentName": "Eliza", "agentId": "all"}}
    assert ada.all("log_filters_updated")[-1] == updated


@pytest.mark.parametrize(
    ("filters", "error"),
    [
        ({"level": "loud"}, "level must be"),
        ({"level": ["info"]}, "level must be"),
        ({"agentName": 7}, "agentName must be"),
        ({"agentName": "a\0b"}, "agentName must be"),
        ({"agentId": "Eliza"}, "agentId must be"),
        ("info", "The filters must be an object"),
    ],
    ids=["level", "a list", "a number", "nul", "id", "no object"],
)
def test_filters_that_make_no_sense_are_refused_by_name(ada: Socket, filters: object, error: str) -> None:
    ada.calls("subscribe_logs")

    refused = ada.calls("update_log_filters", filters)

    assert refused["success"] is False
    assert refused["error"].startswith(error)


def test_whoever_has_not_subscribed_has_no_filters(ada: Socket) -> None:
    assert ada.calls("update_log_filters", {"level": "info"})["success"] is False


def test_whoever_unsubscribes_hears_no_more(lasting_house: House, ada: Socket) -> None:
    bob = lasting_house.socket("Bob")
    for socket in (ada, bob):
        socket.calls("subscribe_logs")
    confirmed = ada.calls("unsubscribe_logs")

    log.error("too late")
    bob.hears("log_stream")

    assert confirmed["subscribed"] is False
    assert ada.all("log_stream") == []


def test_the_rooms_of_the_log_cannot_be_joined_by_name(ada: Socket) -> None:
    refused = ada.calls("message", {"type": 1, "payload": {"channelId": Filters().room}})

    assert refused["ok"] is False
