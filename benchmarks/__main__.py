"""Run the benchmarks and print their table: ``python -m benchmarks``."""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.bench import NOT_OURS, Bench, OwnServerNeededError, product
from benchmarks.http import Address
from benchmarks.measures import MEASURES
from benchmarks.model import ScriptedModel
from benchmarks.process import Process, StartError, allow_many_sockets
from benchmarks.storage import storage
from benchmarks.table import Row, table
from benchmarks.target import RefusedError, Target
from benchmarks.yardsticks import Yardsticks

_LONGEST = 180
"""Seconds a single measure may take, whatever the server does."""


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    allow_many_sockets()
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        rows = _run(options, Path(folder))
    print(table(rows))
    return 1 if any(row.note not in ("", NOT_OURS) for row in rows) else 0


def _run(options: argparse.Namespace, scratch: Path) -> list[Row]:
    with ScriptedModel() as model, storage(options.database, scratch, options.postgres_url) as data:
        process = None if options.url else product(scratch, {**data.fresh(), **model.environment()})
        try:
            address = Address.of(options.url or _started(process), options.key)
            yardsticks = Yardsticks(scratch, data.postgres_url, model)
            bench = Bench(Target.at(address), yardsticks, options.seconds, scratch, data, model, process)
            return asyncio.run(_measure_all(bench, options.only or list(MEASURES)))
        finally:
            if process is not None:
                process.stop()


def _started(process: Process | None) -> str:
    assert process is not None
    try:
        process.start()
    except StartError as error:
        sys.exit(str(error))
    return process.url


async def _measure_all(bench: Bench, names: Sequence[str]) -> list[Row]:
    rows: list[Row] = []
    begun, own_cpu = time.perf_counter(), time.process_time()
    async with bench.yardsticks:
        for name in names:
            print(f"{name} …", file=sys.stderr, flush=True)
            rows += await _measured(bench, name)
    share = (time.process_time() - own_cpu) / (time.perf_counter() - begun)
    print(f"The load generator and the model took {share:.0%} of one core.", file=sys.stderr)
    print(f"The machine had {os.getloadavg()[0]:.1f} busy processes on {os.cpu_count()} cores.", file=sys.stderr)
    return rows


async def _measured(bench: Bench, name: str) -> list[Row]:
    try:
        async with asyncio.timeout(_LONGEST):
            return await MEASURES[name](bench)
    except OwnServerNeededError:
        return [Row(name, None, "", note=NOT_OURS)]
    except (OSError, RefusedError, StartError) as error:
        return [Row(name, None, "", note=f"{type(error).__name__}: {_last_line(str(error))}")]


def _last_line(text: str) -> str:
    """Where a traceback says what happened."""
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")[:200]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--url", help="measure the server that runs here instead of starting one")
    parser.add_argument("--key", help="the API key of the server at --url")
    parser.add_argument("--only", action="append", choices=list(MEASURES), help="run this measure; may be repeated")
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--postgres-url", help="a Postgres to create databases on; without it one is started")
    parser.add_argument("--seconds", type=float, default=5, help="how long each rate is measured (default 5)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
