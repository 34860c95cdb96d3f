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
from tests.services.processes import ROOT, Server, clean_environment

Json = dict[str, Any]

_CONFIGURATION = Path(__file__).with_name("schemathesis.toml")


@dataclass(frozen=True)
class Effort:
    """How much is tried: the phases of schemathesis, and how many cases of each operation where it makes them up."""

    phases: str
    examples: int
    seed: int
    things: int
    """How many of everything there are on the server: at least two."""


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
        settings = {"ELIZA_LOCAL_MODEL": "off", "ELIZA_RATE_LIMITS": "off", "LOG_LEVEL": "error"}
        server = Server(folder, env={**model.environment(), **settings, **env})
        try:
            yield server.wait_until_ready()
        finally:
            server.kill()


def fuzz(folder: Path, effort: Effort, env: Mapping[str, str]) -> Report:
    """Try out a server of its own in ``folder``."""
    found = folder / "found.json"
    with running_server(folder / "server", env) as server:
        key = _key(folder / "server", env)
        ids = orjson.dumps(populate(server.url, {"X-API-KEY": key}, effort.things)).decode()
        done = subprocess.run(
            [*_command(server, key, effort), "--report-json-path", str(found)],
            cwd=folder,
            env={**clean_environment(folder), "SCHEMATHESIS_HOOKS": "tests.fuzz.hooks", "FUZZ_IDS": ids},
            capture_output=True,
            text=True,
            check=False,
        )
    assert found.exists(), f"{done.stdout}\n{done.stderr}"
    return _read(orjson.loads(found.read_bytes()), done.stdout)


def _key(folder: Path, env: Mapping[str, str]) -> str:
    """A key that opens everything. A server without any would be closed by the first that is tried to be made."""
    made = subprocess.run(
        [sys.executable, "-m", "flask", "--app", str(ROOT / "app.py"), "keys", "create", "fuzz", "--role", "admin"],
        cwd=folder,
        env={**clean_environment(folder), **env},
        capture_output=True,
        text=True,
        check=True,
    )
    return made.stdout.strip()


def _command(server: Server, key: str, effort: Effort) -> list[str]:
    return [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(_CONFIGURATION)),
        *("run", f"{server.url}/openapi.json", "--no-color", "--report", "json", "--phases", effort.phases),
        *("--header", f"X-API-KEY: {key}"),
        *("--max-examples", str(effort.examples), "--seed", str(effort.seed)),
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
