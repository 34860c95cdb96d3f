"""Yardsticks: what this machine can do at most, measured in the same run by the same load generator.

A figure from another machine, or from another minute of a busy one, says little. So a measure works in
slices with a slice of its yardstick before each, and what counts is the ratio of the two.
"""

import asyncio
import sqlite3
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from types import TracebackType
from typing import Self

import psycopg

from benchmarks.http import Address
from benchmarks.load import Load, http_loop
from benchmarks.model import NAME, ScriptedModel
from benchmarks.process import ROOT, Process, cpu_seconds, resident_bytes
from benchmarks.sockets import CountingSocket, SocketIO, Waiting, connect_all

CLIENTS = 16
SOCKETS = 500
BURST = 20

_SLICES = 4

Slice = Callable[[float], Awaitable[float]]
"""Works for so many seconds and returns a rate."""


async def beside(yardstick: Slice, work: Callable[[float], Awaitable[Load]], seconds: float) -> tuple[Load, float]:
    """Do ``work`` for ``seconds`` in slices, a shorter slice of the yardstick before each; returns both."""
    done, rates = Load(), []
    for _ in range(_SLICES):
        rates.append(await yardstick(seconds / _SLICES / 2))
        done.add(await work(seconds / _SLICES))
    return done, mean(rates)


class Yardsticks:
    """The yardsticks of one run, each started when a measure first asks for it. Leave with ``async with``."""

    def __init__(self, scratch: Path, postgres_url: str | None, model: ScriptedModel) -> None:
        self._scratch = scratch
        self._postgres_url = postgres_url
        self._model = model
        self._running = AsyncExitStack()
        self._bare: BareServer | None = None
        self._hub: BareHub | None = None
        self._commits: Commits | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self._running.aclose()

    async def bare(self) -> "BareServer":
        if self._bare is None:
            self._bare = await BareServer.start(self._scratch)
            self._running.callback(self._bare.stop)
        return self._bare

    async def hub(self) -> "BareHub":
        if self._hub is None:
            self._hub = await BareHub.start()
            self._running.callback(self._hub.stop)
        return self._hub

    def commits(self) -> "Commits":
        if self._commits is None:
            self._commits = Commits(self._scratch, self._postgres_url)
            self._running.callback(self._commits.close)
        return self._commits

    async def model_milliseconds(self) -> float:
        """How long the scripted model takes to answer, asked by the load generator itself."""
        address = Address("127.0.0.1", self._model.port)
        question = {"model": NAME, "stream": True, "messages": [{"role": "user", "content": "How are you?"}]}
        request = address.request("POST", "/v1/chat/completions", question)
        return (await http_loop(address, [lambda: request], 0.2)).milliseconds(50)


@dataclass(slots=True)
class BareServer:
    """A WSGI application of four lines under the product's own worker."""

    start_seconds: float
    resident: int
    cpu_milliseconds: float
    """Processor time a request."""
    _process: Process

    @classmethod
    async def start(cls, scratch: Path) -> "BareServer":
        process = Process("benchmarks.bare:app", env={}, folder=scratch, log=scratch / "bare.log", ready="/")
        seconds = await asyncio.to_thread(process.start)
        server = cls(seconds, resident_bytes(process.pid), float("nan"), process)
        before = cpu_seconds(process.pid)
        load = await server.load(1.0)
        server.cpu_milliseconds = 1000 * (cpu_seconds(process.pid) - before) / max(1, len(load.latencies))
        return server

    async def load(self, seconds: float) -> Load:
        address = Address.of(self._process.url)
        request = address.request("GET", "/")
        return await http_loop(address, [lambda: request] * CLIENTS, seconds)

    async def rate(self, seconds: float) -> float:
        """Requests a second."""
        return (await self.load(seconds)).rate

    def stop(self) -> None:
        self._process.kill()


@dataclass(slots=True)
class BareHub:
    """A gevent program that only holds sockets and writes to them."""

    bytes_a_socket: float
    _process: "subprocess.Popen[bytes]"
    _sockets: list[SocketIO]
    _heard: Waiting

    @classmethod
    async def start(cls) -> "BareHub":
        process = subprocess.Popen([sys.executable, "-m", "benchmarks.hub"], cwd=ROOT, stdout=subprocess.PIPE)
        assert process.stdout is not None
        address = Address("127.0.0.1", int(await asyncio.to_thread(process.stdout.readline)))
        empty, heard = resident_bytes(process.pid), Waiting()
        sockets: list[SocketIO] = [CountingSocket(address, "listener", heard) for _ in range(SOCKETS)]
        await connect_all(sockets)
        return cls((resident_bytes(process.pid) - empty) / SOCKETS, process, sockets, heard)

    async def rate(self, seconds: float) -> float:
        """Deliveries a second."""
        return (await deliveries(self._heard, self._burst, SOCKETS, seconds)).rate

    def stop(self) -> None:
        for client in self._sockets:
            client.close()
        self._process.kill()
        self._process.wait()

    async def _burst(self) -> int:
        self._sockets[0].emit("burst", BURST)
        return BURST


class Commits:
    """One connection that inserts a row and makes it durable, and again."""

    def __init__(self, scratch: Path, postgres_url: str | None) -> None:
        if postgres_url is None:
            self._insert = self._open_sqlite(scratch / "yardstick.db")
        else:
            self._insert = self._open_postgres(postgres_url)

    async def rate(self, seconds: float) -> float:
        """Rows a second. Nothing else happens in this process meanwhile, which is as meant."""
        begun, count = time.perf_counter(), 0
        while time.perf_counter() - begun < seconds:
            self._insert()
            count += 1
        return count / (time.perf_counter() - begun)

    def close(self) -> None:
        self._connection.close()

    def _open_sqlite(self, path: Path) -> Callable[[], object]:
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("PRAGMA journal_mode=wal")
        connection.execute("PRAGMA synchronous=full")
        connection.execute("CREATE TABLE yardstick (id INTEGER PRIMARY KEY, text TEXT)")
        self._connection: sqlite3.Connection | psycopg.Connection = connection
        return lambda: connection.execute("INSERT INTO yardstick (text) VALUES (?)", ("x" * 200,))

    def _open_postgres(self, url: str) -> Callable[[], object]:
        connection = psycopg.connect(url, autocommit=True)
        connection.execute("DROP TABLE IF EXISTS yardstick")
        connection.execute("CREATE TABLE yardstick (id SERIAL PRIMARY KEY, text TEXT)")
        self._connection = connection
        return lambda: connection.execute("INSERT INTO yardstick (text) VALUES (%s)", ("x" * 200,))


async def deliveries(heard: Waiting, burst: Callable[[], Awaitable[int]], sockets: int, seconds: float) -> Load:
    """Send a burst, wait until every socket has heard all of it, and again; a delivery is one message at one socket.

    ``burst`` returns how many messages it sent.
    """
    load, begun, expected = Load(), time.perf_counter(), heard.count
    first = expected
    while time.perf_counter() - begun < seconds:
        expected += sockets * await burst()
        await heard.until(expected, timeout=30)
    load.successes, load.seconds = heard.count - first, time.perf_counter() - begun
    return load
