"""Processes: programs that tests start on loopback, watch, stop and kill."""

import http.client
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from tests.services.waiting import eventually

ROOT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
_INHERITED = ("PATH", "LANG", "LC_ALL", "TMPDIR", "TZ")


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


class Process:
    """A program in a process group of its own, so that a kill takes its children along. It prints to ``log_path``."""

    def __init__(
        self, command: Sequence[str], *, log_path: Path, env: Mapping[str, str], cwd: Path, user: str | None = None
    ) -> None:
        with log_path.open("ab") as log:
            self._popen = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=dict(env),
                cwd=cwd,
                start_new_session=True,
                user=user,
                extra_groups=[] if user else None,
            )
        self._log_path = log_path

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def is_running(self) -> bool:
        return self._popen.poll() is None

    @property
    def log(self) -> str:
        return self._log_path.read_text(errors="replace")

    def stop(self, *, sign: signal.Signals = signal.SIGTERM, within: float = 20) -> int:
        """Ask it to end, and return its exit code. One that does not listen is killed and fails the test."""
        if self.is_running:
            self._popen.send_signal(sign)
        return self.wait(within=within)

    def wait(self, *, within: float) -> int:
        """Return the exit code once it has ended by itself."""
        try:
            return self._popen.wait(within)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"It was still running after {within:g} seconds.\n{self.log}") from None

    def kill(self) -> None:
        """End it and its children at this very instruction."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._popen.wait()


class Server(Process):
    """Eliza as her users run her: gunicorn and ``wsgi:app``, on a free port, with a clean environment."""

    def __init__(self, folder: Path, *, env: Mapping[str, str] | None = None, arguments: Sequence[str] = ()) -> None:
        self.port = int((env or {}).get("SERVER_PORT") or free_port())
        folder.mkdir(parents=True, exist_ok=True)
        super().__init__(
            [sys.executable, "-m", "gunicorn", "--config", str(ROOT / "gunicorn.conf.py"), *arguments, "wsgi:app"],
            log_path=folder / "server.log",
            env={**clean_environment(folder), "SERVER_PORT": str(self.port), **(env or {})},
            cwd=folder,
        )

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def wait_until_ready(self, *, within: float = 30) -> "Server":
        """Return once it answers. A server that ends before that fails the test with its log."""
        eventually(lambda: not self.is_running or self.answers(), within=within)
        assert self.is_running, f"The server ended before it answered.\n{self.log}"
        return self

    def answers(self) -> bool:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status < 500
        finally:
            connection.close()


def clean_environment(folder: Path) -> dict[str, str]:
    """What a program needs of this machine, and no key, proxy or setting of whoever runs the tests."""
    kept = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    return {
        **kept,
        "HOME": str(folder),
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "SERVER_HOST": HOST,
        "ELIZA_DATA_DIR": str(folder / "data"),
    }
