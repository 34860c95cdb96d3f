"""Reads: what costs the server a look into its tables at most."""

from benchmarks.bench import Bench
from benchmarks.load import http_loop
from benchmarks.table import Row
from benchmarks.yardsticks import CLIENTS, beside

_HISTORY = 50


async def ping(bench: Bench) -> list[Row]:
    return [await _row(bench, "ping", "/api/server/ping", "3,700")]


async def agents(bench: Bench) -> list[Row]:
    await bench.target.agent()
    return [await _row(bench, "agents list", "/api/agents", "933 / 1,314")]


async def history(bench: Bench) -> list[Row]:
    channel_id = await bench.target.channel_of_two()
    body = {
        "author_id": bench.target.user,
        "message_server_id": "00000000-0000-0000-0000-000000000000",
    }
    path = f"/api/messaging/channels/{channel_id}/messages"
    for _ in range(_HISTORY + 10):
        await bench.target.ask("POST", path, {**body, "content": bench.target.words()})
    return [await _row(bench, f"{_HISTORY} messages of history", f"{path}?limit={_HISTORY}", "276 / 567")]


async def _row(bench: Bench, name: str, path: str, elizaos: str) -> Row:
    address = bench.target.address
    request = address.request("GET", path)
    bare = await bench.yardsticks.bare()
    load, rate = await beside(
        bare.rate, lambda seconds: http_loop(address, [lambda: request] * CLIENTS, seconds), bench.seconds
    )
    return Row(name, load.rate, "/s", "bare WSGI", rate, elizaos, load.note)
