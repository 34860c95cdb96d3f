"""Yardsticks: what this machine can do at most, measured in the same run by the same load generator.

A figure from another machine says little; a share of what the machine gives says much. Each
yardstick is measured once, when the first measure asks for it.
"""

import asyncio
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from benchmarks.http import Address, HttpConnection
from benchmarks.load import http_loop
from benchmarks.model import NAME, ScriptedModel
from benchmarks.process import ROOT, Process, cpu_seconds, resident_bytes
from benchmarks.sockets import CountingSocket, SocketIO, Waiting

CLIENTS = 16
SOCKETS = 500
BURST = 20

_CONNECTING_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Bare:
    """A WSGI application of four lines under the product's own worker."""

    start_seconds: float
    rate: float
    cpu_milliseconds: float
    resident: int


@dataclass(frozen=True, slots=True)
class Hub:
    """A gevent program that only holds sockets and writes to them."""

    deliveries: float
    bytes_a_socket: float


class Yardsticks:
    def __init__(self, scratch: Path, seconds: float, postgres_url: str | None, model: ScriptedModel) -> None:
        self._scratch = scratch
        self._seconds = seconds
        self._postgres_url = postgres_url
        self._model = model
        self._bare: Bare | None = None
        self._hub: Hub | None = None
        self._commits: float | None = None
        self._round_trip: float | None = None

    async def bare(self) -> Bare:
        if self._bare is None:
            self._bare = await _measure_bare(self._scratch, self._seconds)
        return self._bare

    async def hub(self) -> Hub:
        if self._hub is None:
            self._hub = await _measure_hub(self._seconds)
        return self._hub

    def commits(self) -> float:
        """Rows a second that one connection inserts with a durable commit each."""
        if self._commits is None:
            with _inserts(self._scratch, self._postgres_url) as insert:
                self._commits = _rate(insert, min(self._seconds, 2))
        return self._commits

    async def model_milliseconds(self) -> float:
        """How long the scripted model takes to answer, asked by the load generator itself."""
        if self._round_trip is None:
            self._round_trip = await _measure_model(self._model)
        return self._round_trip


async def connect_all(sockets: list[SocketIO], then: Callable[[SocketIO], Awaitable[None]] | None = None) -> None:
    """Connect every socket, some at a time, and do ``then`` with each."""
    gate = asyncio.Semaphore(_CONNECTING_AT_ONCE)

    async def connect(client: SocketIO) -> None:
        async with gate:
            await client.connect()
            if then is not None:
                await then(client)

    await asyncio.gather(*(connect(client) for client in sockets))


async def deliveries(heard: Waiting, burst: Callable[[], Awaitable[int]], sockets: int, seconds: float) -> float:
    """Deliveries a second: send a burst, wait until every socket has heard all of it, and again.

    ``burst`` returns how many messages it sent.
    """
    begun, first = time.perf_counter(), heard.count
    expected = first
    while time.perf_counter() - begun < seconds:
        expected += sockets * await burst()
        await heard.until(expected, timeout=30)
    return (heard.count - first) / (time.perf_counter() - begun)


async def _measure_bare(scratch: Path, seconds: float) -> Bare:
    process = Process("benchmarks.bare:app", env={}, folder=scratch, log=scratch / "bare.log", ready="/")
    try:
        start_seconds = await asyncio.to_thread(process.start)
        resident = resident_bytes(process.pid)
        address = Address.of(process.url)
        request = address.request("GET", "/")
        before = cpu_seconds(process.pid)
        load = await http_loop(address, [lambda: request] * CLIENTS, seconds)
        cpu = 1000 * (cpu_seconds(process.pid) - before) / max(1, len(load.latencies))
        return Bare(start_seconds, load.rate, cpu, resident)
    finally:
        process.kill()


async def _measure_hub(seconds: float) -> Hub:
    async with _running_hub() as (address, pid):
        empty = resident_bytes(pid)
        heard = Waiting()
        sockets: list[SocketIO] = [CountingSocket(address, "listener", heard) for _ in range(SOCKETS)]
        await connect_all(sockets)
        a_socket = (resident_bytes(pid) - empty) / SOCKETS

        async def burst() -> int:
            sockets[0].emit("burst", BURST)
            return BURST

        return Hub(await deliveries(heard, burst, SOCKETS, seconds), a_socket)


@asynccontextmanager
async def _running_hub() -> AsyncIterator[tuple[Address, int]]:
    hub = subprocess.Popen([sys.executable, "-m", "benchmarks.hub"], cwd=ROOT, stdout=subprocess.PIPE)
    try:
        assert hub.stdout is not None
        port = int(await asyncio.to_thread(hub.stdout.readline))
        yield Address("127.0.0.1", port), hub.pid
    finally:
        hub.kill()
        hub.wait()


@contextmanager
def _inserts(scratch: Path, postgres_url: str | None) -> Iterator[Callable[[], object]]:
    if postgres_url is None:
        connection = sqlite3.connect(scratch / "yardstick.db", isolation_level=None)
        connection.execute("PRAGMA journal_mode=wal")
        connection.execute("PRAGMA synchronous=full")
        connection.execute("CREATE TABLE yardstick (id INTEGER PRIMARY KEY, text TEXT)")
        try:
            yield lambda: connection.execute("INSERT INTO yardstick (text) VALUES (?)", ("x" * 200,))
        finally:
            connection.close()
        return
    with psycopg.connect(postgres_url, autocommit=True) as postgres:
        postgres.execute("CREATE TABLE yardstick (id SERIAL PRIMARY KEY, text TEXT)")
        yield lambda: postgres.execute("INSERT INTO yardstick (text) VALUES (%s)", ("x" * 200,))
        postgres.execute("DROP TABLE yardstick")


def _rate(work: Callable[[], object], seconds: float) -> float:
    begun, count = time.perf_counter(), 0
    while time.perf_counter() - begun < seconds:
        work()
        count += 1
    return count / (time.perf_counter() - begun)


async def _measure_model(model: ScriptedModel) -> float:
    address = Address("127.0.0.1", model.port)
    question = {"model": NAME, "stream": True, "messages": [{"role": "user", "content": "How are you?"}]}
    request = address.request("POST", "/v1/chat/completions", question)
    connection = await HttpConnection.open(address)
    latencies = []
    for _ in range(200):
        begun = time.perf_counter()
        await connection.ask(request)
        latencies.append(time.perf_counter() - begun)
    connection.close()
    return 1000 * sorted(latencies)[len(latencies) // 2]
