"""A first look by schemathesis, the same every time. ``make fuzz`` looks longer."""

import re
import subprocess
import sys

from tests.services.processes import ROOT


def test_no_answer_is_an_error_or_something_else_than_described() -> None:
    options = ["--phases", "fuzzing", "--cases", "280", "--things", "6", "--seed", "1"]
    # A process of its own: the model it brings runs on asyncio, as does the browser that other tests drive.
    command = [sys.executable, "-m", "tests.fuzz", *options]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=110, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert _number(r"of (\d+) operations", done.stdout) > 100
    assert _number(r"(\d+) were accepted", done.stdout) > 100


def _number(pattern: str, said: str) -> int:
    found = re.search(pattern, said)
    assert found is not None, said
    return int(found[1])
