"""Outbox: what waits for Redis, in order and within bounds."""

import pytest
from redis import Redis

from eliza.realtime.transport.outbox import MAX_WAITING_BYTES, Outbox
from tests.services.redis import RedisServer

MB = 1 << 20


def test_what_waits_is_told_in_order_and_of_too_much_the_newest(
    redis_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    begin: list[object] = []
    outbox = Outbox(redis_server.url, "news", begin.append)
    most = MAX_WAITING_BYTES // MB

    for number in range(most + 2):
        outbox.put(str(number).ljust(MB))

    with Redis.from_url(redis_server.url) as redis, redis.pubsub(ignore_subscribe_messages=True) as heard:
        heard.subscribe("news")
        heard.get_message(timeout=5)
        [tell_all] = begin
        assert callable(tell_all)
        tell_all()
        told = [heard.get_message(timeout=5) for _ in range(most)]
    assert [int(message["data"]) for message in told if message] == list(range(2, most + 2))
    assert [vars(record)["dropped"] for record in caplog.records if record.name.endswith("outbox")] == [1, 1]
