"""Load: clients that ask again as soon as they are answered, and what came of it."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from benchmarks.http import Address, HttpConnection

Ask = Callable[[], Awaitable[str | None]]
"""Asks once. None is a success; a word says what went wrong."""

_PATIENCE = 30


@dataclass(slots=True)
class Load:
    """What a number of clients got done together."""

    seconds: float = 0.0
    successes: int = 0
    latencies: list[float] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)

    @property
    def rate(self) -> float:
        """Successes a second."""
        return self.successes / self.seconds if self.seconds else 0.0

    def add(self, other: "Load") -> None:
        """Take in what came of another slice of the same work."""
        self.seconds += other.seconds
        self.successes += other.successes
        self.latencies += other.latencies
        self.failures += other.failures

    def milliseconds(self, percent: float) -> float:
        """The latency that ``percent`` of the successes did not exceed."""
        if not self.latencies:
            return float("nan")
        ordered = sorted(self.latencies)
        return 1000 * ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]

    @property
    def note(self) -> str:
        """The failures in words; empty if there were none."""
        return ", ".join(f"{count} x {what}" for what, count in self.failures.most_common(3))


async def closed_loop(asks: Sequence[Ask], seconds: float, *, most: int = 1_000_000) -> Load:
    """Run one client per ``Ask`` for ``seconds``; each asks at most ``most`` times.

    A client that fails twice stops, so that a broken server ends a run early instead of filling it with noise.
    """
    load = Load()
    begun = time.perf_counter()
    await asyncio.gather(*(_client(ask, load, begun + seconds, most) for ask in asks))
    load.seconds = time.perf_counter() - begun
    return load


async def http_loop(address: Address, makers: Sequence[Callable[[], bytes]], seconds: float) -> Load:
    """Run one keep-alive connection per maker of requests."""
    clients = [_Requests(address, maker) for maker in makers]
    try:
        return await closed_loop([client.ask for client in clients], seconds)
    finally:
        for client in clients:
            client.close()


async def _client(ask: Ask, load: Load, deadline: float, most: int) -> None:
    failed = 0
    for _ in range(most):
        begun = time.perf_counter()
        if begun >= deadline or failed == 2:
            return
        trouble = await ask()
        if trouble is None:
            load.successes += 1
            load.latencies.append(time.perf_counter() - begun)
        else:
            failed += 1
            load.failures[trouble] += 1


class _Requests:
    """A client that sends what ``make`` makes, and opens its connection anew when it was closed."""

    def __init__(self, address: Address, make: Callable[[], bytes]) -> None:
        self._address = address
        self._make = make
        self._connection: HttpConnection | None = None

    async def ask(self) -> str | None:
        try:
            async with asyncio.timeout(_PATIENCE):
                response = await (await self._open()).ask(self._make())
        except OSError as error:  # A timeout is one too.
            self.close()
            return type(error).__name__
        return None if response.is_success else str(response.status)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    async def _open(self) -> HttpConnection:
        if self._connection is None or not self._connection.is_open:
            self._connection = await HttpConnection.open(self._address)
        return self._connection
