"""The server is killed a few times in each way. ``make crash`` does it some hundred times."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(("plan", "rounds", "database"), [("points", 3, "sqlite"), ("moments", 3, "postgres")])
def test_every_promise_holds_after_the_process_was_killed(plan: str, rounds: int, database: str) -> None:
    options = ["--plan", plan, "--rounds", str(rounds), "--database", database, "--seed", "7"]
    # A process of its own: the harness runs on asyncio, the tests on gevent.
    command = [sys.executable, "-m", "tests.crash", *options]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=110, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
