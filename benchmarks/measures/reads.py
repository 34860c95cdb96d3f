"""Reads: what costs the server a look into its tables at most."""

from benchmarks.bench import Bench
from benchmarks.load import Load, http_loop
from benchmarks.table import Row
from benchmarks.yardsticks import CLIENTS

_HISTORY = 50


async def ping(bench: Bench) -> list[Row]:
    return [await _row(bench, "ping", await _get(bench, "/api/server/ping"), "3,700")]


async def agents(bench: Bench) -> list[Row]:
    await bench.target.agent()
    return [await _row(bench, "agents list", await _get(bench, "/api/agents"), "933 / 1,314")]


async def history(bench: Bench) -> list[Row]:
    channel_id = await bench.target.channel_of_two()
    body = {
        "author_id": bench.target.user,
        "message_server_id": "00000000-0000-0000-0000-000000000000",
    }
    path = f"/api/messaging/channels/{channel_id}/messages"
    for _ in range(_HISTORY + 10):
        await bench.target.ask("POST", path, {**body, "content": bench.target.words()})
    load = await _get(bench, f"{path}?limit={_HISTORY}")
    return [await _row(bench, f"{_HISTORY} messages of history", load, "276 / 567")]


async def _get(bench: Bench, path: str) -> Load:
    request = bench.target.address.request("GET", path)
    return await http_loop(bench.target.address, [lambda: request] * CLIENTS, bench.seconds)


async def _row(bench: Bench, name: str, load: Load, elizaos: str) -> Row:
    bare = await bench.yardsticks.bare()
    return Row(name, load.rate, "/s", "bare WSGI", bare.rate, elizaos, load.note)
