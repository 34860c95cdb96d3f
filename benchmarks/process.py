"""Process: a server run the way it is deployed, and what the operating system knows about it."""

import contextlib
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from http.client import HTTPConnection, HTTPException
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV", "SYSTEMROOT")


class StartError(Exception):
    """The server gave no 200 in the time it had, or ended; the message holds the last lines of its log."""


class Process:
    """One gunicorn of this repository on a free loopback port, in a process group of its own.

    Nothing of the caller's environment reaches it but the few variables every program needs, so
    a key in a developer's shell never changes what is measured.
    """

    def __init__(self, app: str, *, env: Mapping[str, str], folder: Path, log: Path, ready: str) -> None:
        self.port = free_port()
        self.log = log
        self._app = app
        self._env = dict(env)
        self._folder = folder
        self._ready = ready
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._child is not None, "the process was not started"
        return self._child.pid

    def start(self, timeout: float = 30) -> float:
        """Start, wait for the first 200, and return the seconds that took. Raises ``StartError``."""
        begun = time.perf_counter()
        self.spawn()
        self.wait_until_ready(timeout)
        return time.perf_counter() - begun

    def spawn(self) -> None:
        """Start without waiting for anything."""
        allow_many_sockets()
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(
                self._command(),
                cwd=self._folder,
                env=self._environment(),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait_until_ready(self, timeout: float = 30) -> None:
        """Return at the first 200. Raises ``StartError``, and kills what did not answer."""
        deadline = time.perf_counter() + timeout
        while not self._answers():
            if not self.is_running or time.perf_counter() > deadline:
                self.kill()
                raise StartError(f"{self._app} gave no answer on {self._ready}:\n{self.last_words()}")
            time.sleep(0.01)

    @property
    def is_running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def stop(self, timeout: float = 15) -> None:
        """Ask it to end, as an operator does; if it does not, ``kill`` it."""
        if self._child is not None:
            self._child.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._child.wait(timeout)
        self.kill()

    def kill(self) -> None:
        """End every process of the group at once, wherever they are. May be called again."""
        if self._child is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._child.pid, signal.SIGKILL)
        self._child.wait(10)

    def kill_workers(self) -> None:
        """End the processes that serve and leave the one that starts them."""
        for pid in self.workers():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def workers(self) -> frozenset[int]:
        """The processes that serve, as far as they are alive."""
        return frozenset(pid for pid in tree(self.pid) if pid != self.pid)

    def last_words(self, lines: int = 30) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def _command(self) -> list[str]:
        config = ROOT / "gunicorn.conf.py"
        given = ["-c", str(config)] if config.exists() else ["-k", "gevent"]
        return [sys.executable, "-m", "gunicorn", *given, "--bind", f"127.0.0.1:{self.port}", self._app]

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        return {**kept, "PYTHONPATH": str(ROOT), "SERVER_PORT": str(self.port), **self._env}

    def _answers(self) -> bool:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            connection.request("GET", self._ready)
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def allow_many_sockets() -> None:
    """Lift the soft limit of open files to the hard one, for this process and what it starts."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def tree(pid: int) -> Iterator[int]:
    """The process and all below it; nothing where the system does not tell (elsewhere than on Linux)."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return
    yield pid
    for child in children:
        yield from tree(int(child))


def cpu_seconds(pid: int) -> float:
    """Processor time the process tree has used so far."""
    ticks = sum(_ticks(process) for process in tree(pid))
    return ticks / os.sysconf("SC_CLK_TCK")


def resident_bytes(pid: int) -> int:
    """Memory of the process tree; pages its processes share are counted once (their proportional part each)."""
    return sum(_proportional_bytes(process) for process in tree(pid))


def _ticks(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])


def _proportional_bytes(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
