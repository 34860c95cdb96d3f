"""Runs all tests, in three processes at once: ``python -m tests``, with options for pytest if you like.

Most tests that start programs wait for them, while a core has nothing to do. pytest-xdist cannot help: its workers are
led by threads that stand still once gevent has patched what they wait on.
"""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

TESTS = Path(__file__).parent
ROOT = TESTS.parent
GROUPS = (
    ("approvals", "faults", "flows", "limits", "test_server.py", "transport"),
    ("clients", "crash", "fuzz", "messaging", "realtime", "services", "ui"),
)
"""Two groups of about a third of the time each, most of which programs, browsers and models take; the rest is one."""


def main(options: list[str]) -> int:
    """The exit code of the first group that failed, or 0. One group prints as it goes, the others when all are done."""
    shown, *hidden = [_paths(names) for names in GROUPS]
    rest = [f"--ignore={path}" for path in (*shown, *(path for paths in hidden for path in paths))]
    with TemporaryFile() as second, TemporaryFile() as third:
        running = [
            _started([*shown, *options]),
            *(_started([*paths, "-p", "no:cacheprovider", *options], into=second) for paths in hidden),
            _started([*rest, "-p", "no:cacheprovider", *options], into=third),
        ]
        codes = [process.wait() for process in running]
        for printed in (second, third):
            printed.seek(0)
            sys.stdout.buffer.write(printed.read())
    return next((code for code in codes if code), 0)


def _paths(names: tuple[str, ...]) -> list[str]:
    return [str((TESTS / name).relative_to(ROOT)) for name in names]


def _started(arguments: list[str], *, into: IO[bytes] | None = None) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "pytest", *arguments], cwd=ROOT, stdout=into, stderr=into)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
