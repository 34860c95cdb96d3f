"""Bench: what a measure has at hand."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.http import Address
from benchmarks.model import ScriptedModel
from benchmarks.process import Process
from benchmarks.storage import Storage
from benchmarks.table import Row
from benchmarks.target import Target
from benchmarks.yardsticks import Yardsticks

READY = "/healthz"

NOT_OURS = "needs a server of its own"
"""The note of a figure that a server at a URL does not allow; any other note tells of a failure."""

_QUIET = {"LOG_LEVEL": "warn", "ELIZA_UI_ENABLE": "false"}


class OwnServerNeededError(Exception):
    """The measure looks into the server's process or starts one; a server at a URL does not allow it."""


@dataclass(slots=True)
class Bench:
    """One run. ``process`` is None when the server is somebody else's."""

    target: Target
    yardsticks: Yardsticks
    seconds: float
    scratch: Path
    storage: Storage
    model: ScriptedModel
    process: Process | None

    @property
    def pid(self) -> int:
        """The server's first process. Raises ``OwnServerNeededError``."""
        if self.process is None:
            raise OwnServerNeededError
        return self.process.pid

    @asynccontextmanager
    async def another(
        self, app: str = "wsgi:app", env: Mapping[str, str] | None = None
    ) -> "AsyncIterator[tuple[Target, float]]":
        """A second server with an empty database, and the seconds it took to start."""
        if self.process is None:
            raise OwnServerNeededError
        process = product(self.scratch, {**self.storage.fresh(), **self.model.environment(), **(env or {})}, app)
        try:
            seconds = await asyncio.to_thread(process.start)
            yield Target.at(Address.of(process.url)), seconds
        finally:
            await asyncio.to_thread(process.stop)


Measure = Callable[[Bench], Awaitable[list[Row]]]


def product(scratch: Path, env: Mapping[str, str], app: str = "wsgi:app") -> Process:
    """The product's server, not yet started."""
    return Process(app, env={**_QUIET, **env}, folder=scratch, log=scratch / "server.log", ready=READY)
