"""Start: from nothing to the first 200, database included."""

from statistics import median

from benchmarks.bench import Bench
from benchmarks.table import Row

_TIMES = 3


async def measure(bench: Bench) -> list[Row]:
    times = []
    for _ in range(_TIMES):
        async with bench.another() as (_, seconds):
            times.append(seconds)
    bare = await bench.yardsticks.bare()
    return [Row("cold start", median(times), "s", "bare WSGI", bare.start_seconds, "2.7-4.1 / 3.5")]
