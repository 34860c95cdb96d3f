"""Sockets: who sends too much is refused, then shown the door; everybody else is served meanwhile."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gevent
import pytest
import requests
from socketio.exceptions import ConnectionError as Refused

from eliza.config import LimitSettings
from eliza.realtime.limits import Bucket
from eliza.realtime.transport.visitors import Visitors
from tests.house_kit import House, Socket, id_of
from tests.services.waiting import eventually
from tests.transport.peer import HungUp, Peer

KEY = "k" * 43
JOIN = '["1",{"channelId":"lobby"}]'


@pytest.fixture
def open_small(tmp_path: Path) -> Iterator[Callable[..., House]]:
    opened: list[House] = []

    def open_one(*, key: str | None = KEY, **numbers: Any) -> House:
        opened.append(House(tmp_path / str(len(opened)), auth_token=key, limits=LimitSettings(**numbers)))
        return opened[-1]

    yield open_one
    for house in opened:
        house.close()


def socket(house: House, person: str) -> Socket:
    return Socket(house.serve(), person, headers=house.credential(person))


def peer(house: House, headers: dict[str, str]) -> Peer:
    """A raw connection of somebody with these headers, let in and greeted."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    opened = Peer(int(house.serve().rpartition(":")[2]), headers=lines)
    opened.text()
    opened.send("40{}")
    for _ in range(3):
        opened.text()
    return opened


def flood(one: Peer, times: int, heard: list[str]) -> None:
    """Send as many events as the server takes; ``heard`` gets what it says to that."""

    def listen() -> None:
        try:
            while True:
                heard.append(one.text())
        except (HungUp, AssertionError):
            return

    listening = gevent.spawn(listen)
    frame = b"".join(_masked(f"42{number}{JOIN}") for number in range(100))
    try:
        for _ in range(times // 100):
            one.send_raw(frame)
    except OSError:
        pass
    listening.join(timeout=10)


def _masked(text: str) -> bytes:
    return bytes([0x81, 0x80 | len(text), 0, 0, 0, 0]) + text.encode()


# What a socket may send


def test_what_is_too_much_is_answered_so(open_small: Callable[..., House]) -> None:
    ada = socket(open_small(events=1), "Ada")

    answers = [ada.calls("typing", {}) for _ in range(6)]

    refused = answers[-1]
    assert (refused["ok"], refused["code"], refused["retryAfter"]) == (False, "RATE_LIMITED", 1)
    assert answers[3]["code"] != "RATE_LIMITED"
    told = [one for one in ada.all("messageError") if one["code"] == "RATE_LIMITED"]
    assert told[-1] == {"error": refused["error"], "code": "RATE_LIMITED", "retryAfter": 1}
    assert ada.is_connected


def test_events_that_nobody_knows_count_too(open_small: Callable[..., House]) -> None:
    ada = socket(open_small(events=1), "Ada")

    for _ in range(4):
        ada.emits("unheard of", {})

    assert ada.calls("typing", {})["code"] == "RATE_LIMITED"


def test_who_does_not_stop_is_disconnected(open_small: Callable[..., House]) -> None:
    house = open_small(events=1)
    ada, bob = socket(house, "Ada"), socket(house, "Bob")

    for _ in range(20):
        ada.emits("typing", {})

    eventually(lambda: not ada.is_connected)
    assert bob.calls("typing", {})["code"] != "RATE_LIMITED"


def test_messages_over_sockets_count_with_those_that_are_posted(open_small: Callable[..., House]) -> None:
    house = open_small(costly=2)
    key = house.credential("Ada")
    room = house.room("Ada", "Bob")
    ada = Socket(house.serve(), "Ada", headers=key)

    said = ada.says(room, "One")
    posted = house.http.post(room.url, json={"content": "Two"}, headers=key)
    refused = [ada.says(room, "Three"), ada.calls("2", {"channelId": str(room.id), "message": "Four"})]

    assert (said["ok"], posted.status_code) == (True, 201)
    assert [answer["code"] for answer in refused] == ["RATE_LIMITED"] * 2
    assert refused[0]["retryAfter"] > 1
    assert house.http.post(room.url, json={"content": "Five"}, headers=key).status_code == 429
    assert ada.joins(room)["ok"] is True


def test_ten_thousand_events_leave_the_others_served(open_small: Callable[..., House]) -> None:
    house = open_small()
    bob, flooder = socket(house, "Bob"), peer(house, house.credential("Ada"))
    room = house.room("Bob", "Carol")
    heard: list[str] = []
    flooding = gevent.spawn(flood, flooder, 10_000, heard)
    waits: list[float] = []

    while not flooding.ready():
        began = time.monotonic()
        assert bob.joins(room)["ok"] is True
        assert requests.get(f"{house.serve()}/healthz", timeout=5).status_code == 200
        waits.append(time.monotonic() - began)
        gevent.sleep(0.05)

    assert max(waits) < 5
    answers = [said for said in heard if said.startswith("43")]
    looked_at = [said for said in answers if "RATE_LIMITED" not in said]
    assert 200 <= len(looked_at) < 1000
    assert 200 <= len(answers) - len(looked_at) < 1000


def test_a_flood_over_polling_is_no_different(open_small: Callable[..., House]) -> None:
    house = open_small(events=2)
    ada = Socket(house.serve(), "Ada", headers=house.credential("Ada"), transport="polling")

    for _ in range(60):
        ada.emits("typing", {})

    eventually(lambda: not ada.is_connected)


def test_a_bucket_fills_again() -> None:
    bucket = Bucket(1000)
    while not bucket.take():
        pass

    eventually(lambda: bucket.take() == 0, within=2)


# How many connect


def test_an_address_has_so_many_connections_and_gets_them_back() -> None:
    visitors = Visitors(2)
    for sid in ("a", "b"):
        assert visitors.refuse_for("203.0.113.7") is None
        visitors.enter(sid, "203.0.113.7")

    assert visitors.refuse_for("203.0.113.7") == 1
    assert visitors.refuse_for("203.0.113.8") is None
    visitors.leave("a")
    assert visitors.refuse_for("203.0.113.7") is None


def test_an_address_knocks_so_often_and_no_more() -> None:
    visitors = Visitors(2)

    knocks = [visitors.refuse_for("2001:db8::1") for _ in range(25)]

    assert knocks[:20] == [None] * 20
    assert all(wait is not None and 0 < wait <= 60 for wait in knocks[20:])
    assert visitors.refuse_for("2001:db8::2") is not None
    assert visitors.refuse_for("2001:db8:0:1::1") is None


def test_this_machine_may_have_many_connections_and_not_any_number(open_small: Callable[..., House]) -> None:
    house = open_small(key=None, sockets=1)
    url = f"{house.serve()}/socket.io/?EIO=4&transport=polling"

    opened = [requests.get(url, timeout=5) for _ in range(51)]

    assert [answer.status_code for answer in opened] == [200] * 50 + [429]
    assert opened[-1].headers["Retry-After"] == "1"
    assert opened[-1].json()["message"] == "Too many connections from this address"
    assert opened[-1].headers["X-Content-Type-Options"] == "nosniff"


def test_one_person_has_half_as_many_connections_as_an_address(open_small: Callable[..., House]) -> None:
    house = open_small(sockets=4)
    key = house.credential("Ada")
    first, _second = (Socket(house.serve(), "Ada", headers=key) for _ in range(2))

    with pytest.raises(Refused):
        Socket(house.serve(), "Ada", headers=key)
    first.close()

    eventually(lambda: _opens(house, key))


def _opens(house: House, key: dict[str, str]) -> bool:
    try:
        return Socket(house.serve(), "Ada", headers=key).is_connected
    except Refused as refusal:
        raise AssertionError from refusal


def test_wrong_keys_at_the_handshake_count_like_all_others(open_small: Callable[..., House]) -> None:
    house = open_small(failures=3)
    with Peer(int(house.serve().rpartition(":")[2])) as guesser:
        guesser.text()
        told = []
        for number in range(5):
            guesser.send("40" + json.dumps({"entityId": str(id_of("Ada")), "apiKey": f"guess {number}"}))
            told.append(json.loads(guesser.text()[2:])["message"])

    assert told[:3] == ["Invalid or missing API Key"] * 3
    assert all(message.startswith("Too many wrong credentials") for message in told[3:])
    assert house.http.get("/api/agents", headers={"X-API-KEY": "another"}).status_code == 429


def test_who_was_not_let_in_leaves_nothing_behind(open_small: Callable[..., House]) -> None:
    house = open_small(failures=1000)
    server = house.server.socketio.server
    port = int(house.serve().rpartition(":")[2])
    for number in range(50):
        with Peer(port) as guesser:
            guesser.text()
            guesser.send("40" + json.dumps({"entityId": str(id_of("Ada")), "apiKey": f"guess {number}"}))
            guesser.text()

    eventually(lambda: not server.eio.sockets)
    assert (server.environ, server._held, list(server.manager.get_namespaces())) == ({}, {}, [])
