"""Node: runs scripts that speak to the server with the official JavaScript clients."""

import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gevent
from gevent import subprocess


def node() -> str:
    """The program ``node``: the machine's, or the one that set-up put beside Python.

    A script finds node_modules only from a file inside the repository.
    """
    beside = Path(sys.executable).parent
    found = shutil.which("node", path=os.pathsep.join([os.environ.get("PATH", os.defpath), str(beside)]))
    assert found, "There is no Node.js: make test brings one."
    return found


def outcome_of(script: Path, *arguments: str, within: float = 30) -> Any:
    """Run a script to its end; what it printed, which is JSON."""
    command = [node(), str(script), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=within, check=False)
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


class Conversation:
    """A script that tells line by line, in JSON, how far it is, and goes on when it is told to."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def tells(self, *, within: float = 10) -> Any:
        assert self._process.stdout is not None
        with gevent.Timeout(within, AssertionError("The script says nothing more.")):
            line = self._process.stdout.readline()
        assert line, "The script has ended."
        return json.loads(line)

    def goes_on(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()


@contextmanager
def conversation(script: Path, *arguments: str) -> Iterator[Conversation]:
    """A script at work; what it complains about is seen in the output of the test."""
    pipe = subprocess.PIPE
    process = subprocess.Popen([node(), str(script), *arguments], stdin=pipe, stdout=pipe, text=True)
    try:
        yield Conversation(process)
    finally:
        process.kill()
        process.wait()
