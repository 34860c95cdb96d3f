"""Posts: messages that are durable when the answer arrives, and that no agent is asked about."""

from collections.abc import Sequence

from benchmarks.bench import Bench
from benchmarks.load import http_loop
from benchmarks.table import Row
from benchmarks.yardsticks import CLIENTS, beside


async def measure(bench: Bench) -> list[Row]:
    own = [await bench.target.channel_of_two() for _ in range(CLIENTS)]
    shared = await bench.target.channel_of_two()
    return [
        await _row(bench, f"persisted POST, {CLIENTS} clients, own channels", own, "187 / 292"),
        await _row(bench, f"persisted POST, {CLIENTS} clients, one channel", [shared] * CLIENTS, ""),
    ]


async def _row(bench: Bench, name: str, channels: Sequence[str], elizaos: str) -> Row:
    target = bench.target
    makers = [lambda channel_id=channel_id: target.post(channel_id) for channel_id in channels]
    commits = bench.yardsticks.commits()
    load, rate = await beside(commits.rate, lambda seconds: http_loop(target.address, makers, seconds), bench.seconds)
    return Row(name, load.rate, "/s", "raw durable commits", rate, elizaos, load.note)
