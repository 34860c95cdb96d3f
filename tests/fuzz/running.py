"""Running: one server, everything that schemathesis can think of asking it, and what came of that."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from benchmarks.model import ScriptedModel
from tests.fuzz.world import populate
from tests.services.processes import Server, clean_environment

Json = dict[str, Any]

_CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
_IN_TURN = (("--exclude-method", "DELETE"), ("--include-method", "DELETE"))
"""What deletes comes last, or soon there would be nothing left to ask for."""


@dataclass(frozen=True)
class Effort:
    """How much is tried: the phases of schemathesis, and how many cases of each operation where it makes them up."""

    phases: str
    examples: int
    seed: int
    workers: int = 1


@dataclass(frozen=True)
class Report:
    cases: int
    operations: int
    accepted: int
    """How many of the cases that fit the description were answered with what was asked for."""
    failures: tuple[str, ...]
    said: str
    """All that schemathesis printed."""


@contextmanager
def running_server(folder: Path, env: Mapping[str, str]) -> Iterator[Server]:
    """A server as its users run it, with a model that answers at once."""
    with ScriptedModel() as model:
        server = Server(folder, env={**model.environment(), "ELIZA_LOCAL_MODEL": "off", "LOG_LEVEL": "error", **env})
        try:
            yield server.wait_until_ready()
        finally:
            server.kill()


def fuzz(folder: Path, effort: Effort, env: Mapping[str, str]) -> Report:
    """Try out a server of its own in ``folder``."""
    with running_server(folder / "server", env) as server:
        ids = orjson.dumps(populate(server.url)).decode()
        return _sum([_ask(server, effort, folder, ids, only) for only in _IN_TURN])


def _ask(server: Server, effort: Effort, folder: Path, ids: str, only: tuple[str, ...]) -> Report:
    report = folder / f"{'-'.join(only).lstrip('-')}.json"
    done = subprocess.run(
        [*_command(server, effort), *only, "--report-json-path", str(report)],
        cwd=folder,
        env={**clean_environment(folder), "SCHEMATHESIS_HOOKS": "tests.fuzz.hooks", "FUZZ_IDS": ids, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert report.exists(), f"{done.stdout}\n{done.stderr}"
    return _read(orjson.loads(report.read_bytes()), done.stdout)


def _command(server: Server, effort: Effort) -> list[str]:
    return [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(_CONFIGURATION)),
        *("run", f"{server.url}/openapi.json", "--no-color", "--report", "json", "--phases", effort.phases),
        *("--max-examples", str(effort.examples), "--seed", str(effort.seed), "--workers", str(effort.workers)),
    ]


def _read(report: Json, said: str) -> Report:
    rates = [phase for phases in report["valid_rates"].values() for phase in phases.values()]
    return Report(
        cases=report["test_cases"]["generated"],
        operations=report["operations"]["tested"],
        accepted=sum(rate["accepted"] for rate in rates),
        failures=tuple(str(failure) for failure in [*report["failures"], *report["errors"]]),
        said=said,
    )


def _sum(reports: list[Report]) -> Report:
    return Report(
        cases=sum(report.cases for report in reports),
        operations=sum(report.operations for report in reports),
        accepted=sum(report.accepted for report in reports),
        failures=tuple(failure for report in reports for failure in report.failures),
        said="\n".join(report.said for report in reports),
    )
