"""Answers: a question goes in, a model is asked, the answer comes out."""

import asyncio
from collections.abc import Sequence

from benchmarks.bench import NOT_OURS, Bench, OwnServerNeededError
from benchmarks.http import HttpConnection
from benchmarks.load import Ask, Load, closed_loop
from benchmarks.process import cpu_seconds
from benchmarks.sockets import MessageSocket
from benchmarks.table import Row
from benchmarks.target import Target
from benchmarks.yardsticks import beside

CHANNELS = 16

_PATIENCE = 30
_MOST_ALONE = 300


async def measure(bench: Bench) -> list[Row]:
    agent_id = await bench.target.agent()
    channels = [await bench.target.channel_with(agent_id) for _ in range(CHANNELS)]
    rows: list[Row] = []
    on_sockets = [await SocketAsker.open(bench.target, channel_id, agent_id) for channel_id in channels]
    rows += await _rows(bench, "socket", [asker.ask for asker in on_sockets], ("260 / 153", "5 / 11", "210-280"))
    for socket_asker in on_sockets:
        socket_asker.close()
    on_http = [await HttpAsker.open(bench.target, channel_id) for channel_id in channels]
    rows += await _rows(bench, "http", [asker.ask for asker in on_http], ("", "", ""))
    for http_asker in on_http:
        http_asker.close()
    return rows


class SocketAsker:
    """A person at a socket who asks and waits for the agent's message."""

    def __init__(self, target: Target, channel_id: str, agent_id: str) -> None:
        self._target = target
        self._channel_id = channel_id
        self._agent_id = agent_id
        self._socket = MessageSocket(target.address, target.user, self._hear)
        self._answered = asyncio.Event()

    @classmethod
    async def open(cls, target: Target, channel_id: str, agent_id: str) -> "SocketAsker":
        asker = cls(target, channel_id, agent_id)
        await asker._socket.connect()
        await asker._socket.join(channel_id)
        return asker

    async def ask(self) -> str | None:
        self._answered.clear()
        try:
            self._socket.emit("message", self._target.spoken(self._channel_id))
            async with asyncio.timeout(_PATIENCE):
                await self._answered.wait()
        except OSError as error:  # A timeout is one too.
            return type(error).__name__
        return None

    def close(self) -> None:
        self._socket.close()

    def _hear(self, message: dict[str, object]) -> None:
        if message.get("senderId") == self._agent_id and message.get("source") != "agent_action":
            self._answered.set()


class HttpAsker:
    """A program that posts with ``transport: http`` and gets the answer in the response."""

    def __init__(self, target: Target, channel_id: str, connection: HttpConnection) -> None:
        self._target = target
        self._channel_id = channel_id
        self._connection = connection

    @classmethod
    async def open(cls, target: Target, channel_id: str) -> "HttpAsker":
        return cls(target, channel_id, await HttpConnection.open(target.address))

    async def ask(self) -> str | None:
        try:
            async with asyncio.timeout(_PATIENCE):
                if not self._connection.is_open:  # The server sees off who has been quiet while others were measured.
                    self._connection = await HttpConnection.open(self._target.address)
                response = await self._connection.ask(self._target.post(self._channel_id, transport="http"))
        except OSError as error:  # A timeout is one too.
            return type(error).__name__
        if not response.is_success:
            return str(response.status)
        return None if response.json().get("agentResponse") else "no agentResponse"

    def close(self) -> None:
        self._connection.close()


async def _rows(bench: Bench, over: str, asks: Sequence[Ask], elizaos: tuple[str, str, str]) -> list[Row]:
    await closed_loop(asks[:1], bench.seconds, most=5)  # The first answers load modules and warm caches.
    model, bare = await bench.yardsticks.model_milliseconds(), await bench.yardsticks.bare()
    alone = await closed_loop(asks[:1], bench.seconds, most=_MOST_ALONE)
    before = _cpu(bench)
    together, bare_rate = await beside(bare.rate, lambda seconds: closed_loop(asks, seconds), bench.seconds)
    cpu = _cpu_each(before, _cpu(bench), together)
    unknown = NOT_OURS if cpu is None else ""
    p50, p99, rate = alone.milliseconds(50), alone.milliseconds(99), together.rate
    return [
        Row(f"answer over {over}, alone, p50", p50, "ms", "model alone", model, elizaos[0], alone.note),
        Row(f"answer over {over}, alone, p99", p99, "ms", "model alone", model),
        Row(f"answers over {over}, {CHANNELS} channels", rate, "/s", "bare WSGI", bare_rate, elizaos[1], together.note),
        Row(
            f"processor time an answer, {over}",
            cpu,
            "ms",
            "bare WSGI request",
            bare.cpu_milliseconds,
            elizaos[2],
            unknown,
        ),
    ]


def _cpu(bench: Bench) -> float | None:
    try:
        return cpu_seconds(bench.pid)
    except OwnServerNeededError:
        return None


def _cpu_each(before: float | None, after: float | None, load: Load) -> float | None:
    if before is None or after is None or not load.successes:
        return None
    return 1000 * (after - before) / load.successes
