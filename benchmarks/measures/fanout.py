"""Fan-out: one message in a channel, told to everyone who listens."""

import asyncio

from benchmarks.bench import Bench
from benchmarks.http import HttpConnection
from benchmarks.sockets import CountingSocket, SocketIO, Waiting, connect_all
from benchmarks.table import Row
from benchmarks.yardsticks import BURST, SOCKETS, beside, deliveries


async def measure(bench: Bench) -> list[Row]:
    target, heard, hub = bench.target, Waiting(), await bench.yardsticks.hub()
    channel_id = await target.channel_of_two()
    sockets: list[SocketIO] = [CountingSocket(target.address, target.user, heard) for _ in range(SOCKETS)]
    posters = [await HttpConnection.open(target.address) for _ in range(BURST)]

    async def burst() -> int:
        answers = await asyncio.gather(*(poster.ask(target.post(channel_id)) for poster in posters))
        return sum(answer.is_success for answer in answers)

    try:
        await connect_all(sockets, lambda client: client.join(channel_id))
        load, rate = await beside(hub.rate, lambda seconds: deliveries(heard, burst, SOCKETS, seconds), bench.seconds)
    finally:
        for client in sockets:
            client.close()
        for poster in posters:
            poster.close()
    name = f"deliveries to {SOCKETS} sockets, stored first"
    return [Row(name, load.rate, "/s", "bare gevent hub", rate, "29,000 / 32,000")]
