"""Runs all tests, in two processes at once: ``python -m tests``, with options for pytest if you like.

Most tests wait for each other's server on one core while the other has nothing to do. pytest-xdist cannot help: its
workers are led by threads that stand still once gevent has patched what they wait on.
"""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

TESTS = Path(__file__).parent
ROOT = TESTS.parent
ABROAD = (
    *("clients", "crash", "faults", "flows", "fuzz", "limits", "llm", "services", "test_server.py", "transport", "ui"),
)
"""Tests that start programs, browsers and models: about half of the time."""


def main(options: list[str]) -> int:
    """The exit code of the first that failed. What the second prints follows when both are done."""
    names = [str((TESTS / name).relative_to(ROOT)) for name in ABROAD]
    with TemporaryFile() as printed:
        second = _started([*(f"--ignore={name}" for name in names), "-p", "no:cacheprovider", *options], into=printed)
        first = _started([*names, *options])
        codes = [first.wait(), second.wait()]
        printed.seek(0)
        sys.stdout.buffer.write(printed.read())
    return next((code for code in codes if code), 0)


def _started(arguments: list[str], *, into: IO[bytes] | None = None) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "pytest", *arguments], cwd=ROOT, stdout=into, stderr=into)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
