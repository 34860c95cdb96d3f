"""Statements: how often the database is asked for one answer."""

import asyncio
import time

from benchmarks.bench import Bench
from benchmarks.counter import Counter
from benchmarks.load import closed_loop
from benchmarks.measures.answers import SocketAsker
from benchmarks.table import Row

_QUESTIONS = 20
_LISTENING = 2.0


async def measure(bench: Bench) -> list[Row]:
    path = bench.scratch / "statements"
    counter = Counter.create(path)
    async with bench.another("benchmarks.counting:app", {"BENCHMARK_STATEMENTS": str(path)}) as (target, _):
        agent_id = await target.agent()
        asker = await SocketAsker.open(target, await target.channel_with(agent_id), agent_id)
        await closed_loop([asker.ask], 30, most=3)
        idle = await _statements_a_second(counter)
        before, begun = counter.value, time.perf_counter()
        load = await closed_loop([asker.ask], 30, most=_QUESTIONS)
        await asyncio.sleep(1)  # What follows an answer belongs to it: memories, vectors, the end of the turn.
        asked = counter.value - before - idle * (time.perf_counter() - begun)
        asker.close()
    each = asked / len(load.latencies) if load.latencies else None
    return [Row("SQL statements an answer", each, "", elizaos="140", note=load.note)]


async def _statements_a_second(counter: Counter) -> float:
    before = counter.value
    await asyncio.sleep(_LISTENING)
    return (counter.value - before) / _LISTENING
