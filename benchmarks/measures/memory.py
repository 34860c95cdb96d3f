"""Memory: what the server takes when nobody asks anything, and what each socket adds."""

import asyncio

from benchmarks.bench import Bench
from benchmarks.process import resident_bytes
from benchmarks.sockets import SocketIO, connect_all
from benchmarks.table import Row

SOCKETS = 2_000

_SETTLING = 1.5


async def measure(bench: Bench) -> list[Row]:
    pid = bench.pid
    await bench.target.agent()
    await asyncio.sleep(_SETTLING)
    idle = resident_bytes(pid)
    sockets = [SocketIO(bench.target.address, bench.target.user) for _ in range(SOCKETS)]
    try:
        await connect_all(sockets)
        await asyncio.sleep(_SETTLING)
        a_socket = (resident_bytes(pid) - idle) / SOCKETS
    finally:
        for client in sockets:
            client.close()
    bare, hub = await bench.yardsticks.bare(), await bench.yardsticks.hub()
    return [
        Row("idle memory", idle / 1e6, "MB", "bare WSGI", bare.resident / 1e6, "330-390 / 184"),
        Row(f"an idle socket of {SOCKETS:,}", a_socket / 1e3, "kB", "bare gevent hub", hub.bytes_a_socket / 1e3, "16"),
    ]
