"""One event to many clients: everybody gets it, whole, once and in order."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests
from redis import Redis

from tests.services.redis import RedisServer
from tests.services.waiting import eventually
from tests.transport.peer import Peer
from tests.transport.serving import OURS, Echo, gunicorn


@pytest.fixture
def peers(calm: Echo) -> Iterator[list[Peer]]:
    with ExitStack() as stack:
        yield [stack.enter_context(Peer(calm.port).join()) for _ in range(30)]


def test_an_event_reaches_every_client(calm: Echo, peers: list[Peer]) -> None:
    calm.emit("news", {"n": 1})
    assert [peer.text() for peer in peers] == ['42["news",{"n":1}]'] * 30


def test_a_burst_reaches_every_client_in_order(calm: Echo, peers: list[Peer]) -> None:
    calm.emit("tick", {}, times=200)
    calm.emit("tock", {})
    expected = ['42["tick",{}]'] * 200 + ['42["tock",{}]']
    assert [[peer.text() for _ in range(201)] for peer in peers] == [expected] * 30


def test_an_event_may_be_sent_from_another_thread(calm: Echo) -> None:
    with Peer(calm.port).join() as peer:
        requests.post(f"{calm.url}/emit-from-a-thread/news", timeout=5)
        assert [peer.text() for _ in range(5)] == [f'42["news",{number}]' for number in range(5)]


def test_an_event_and_its_answer_stay_in_order(calm: Echo) -> None:
    with Peer(calm.port).join() as peer:
        peer.send('421["blob-and-ack",5]')
        heard = [peer.text() for _ in range(6)]
    assert heard == [*(f'42["blob",{index}]' for index in range(5)), '431["all sent"]']


def test_a_large_event_is_not_mixed_with_the_small_ones_around_it(calm: Echo) -> None:
    with Peer(calm.port, receive_buffer=4096).join() as peer:
        calm.emit("small", 1)
        calm.emit("large", "x" * 3_000_000)
        calm.emit("small", 2)
        assert [len(json.loads(peer.text()[2:])[1:]) for _ in range(3)] == [1, 1, 1]


def test_an_event_crosses_from_one_process_to_another(redis_server: RedisServer, folder: Path) -> None:
    env = {"MESSAGE_QUEUE": redis_server.url, "PING_INTERVAL": 25, "PING_TIMEOUT": 20}
    one = gunicorn(folder / "one", OURS, **env)
    other = gunicorn(folder / "other", OURS, **env)
    try:
        with Peer(one.port).join() as near, Peer(other.port).join() as far, Redis.from_url(redis_server.url) as redis:
            eventually(lambda: redis.pubsub_numsub("eliza") == [(b"eliza", 2)])
            one.emit("news", [1])
            other.emit("news", [2])
            assert {near.text(), near.text()} == {far.text(), far.text()} == {'42["news",[1]]', '42["news",[2]]'}
    finally:
        one.kill()
        other.kill()


@pytest.fixture
def frail_redis() -> Iterator[RedisServer]:
    """A Redis of its own, for a test that does it harm."""
    server = RedisServer()
    yield server
    server.stop()


def test_nobody_waits_for_a_redis_that_does_not_answer(frail_redis: RedisServer, folder: Path) -> None:
    served = gunicorn(folder / "frozen", OURS, MESSAGE_QUEUE=frail_redis.url, PING_INTERVAL=25, PING_TIMEOUT=20)
    try:
        with Peer(served.port).join() as peer, Redis.from_url(frail_redis.url) as redis:
            served.emit("news", 0)
            redis.client_pause(60_000)
            for number in range(1, 4):
                requests.post(f"{served.url}/emit/all/news", json={"data": number}, timeout=2)

            assert [peer.text() for _ in range(4)] == [f'42["news",{number}]' for number in range(4)]
    finally:
        served.kill()


def test_what_redis_could_not_take_reaches_the_others_when_it_can(frail_redis: RedisServer, folder: Path) -> None:
    env = {"MESSAGE_QUEUE": frail_redis.url, "PING_INTERVAL": 25, "PING_TIMEOUT": 20}
    one, other = (gunicorn(folder / name, OURS, **env) for name in ("before", "beyond"))
    try:
        with Peer(one.port).join(), Peer(other.port).join() as far, Redis.from_url(frail_redis.url) as redis:
            eventually(lambda: redis.pubsub_numsub("eliza") == [(b"eliza", 2)])
            redis.client_pause(300)
            for number in range(5):
                one.emit("news", number)

            assert [far.text() for _ in range(5)] == [f'42["news",{number}]' for number in range(5)]
    finally:
        one.kill()
        other.kill()
