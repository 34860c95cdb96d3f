"""Serving: the echo server as a process, under each server program it may meet."""

import sys
from pathlib import Path
from typing import Any

import requests

from tests.services.processes import HOST, ROOT, Process, clean_environment, free_port
from tests.services.waiting import eventually

OURS = "eliza.worker.Worker"
STOCK = "geventwebsocket.gunicorn.workers.GeventWebSocketWorker"
APP = "tests.transport.echo_server:app"


class Echo(Process):
    """The echo server behind ``command``, answering when the constructor returns."""

    def __init__(self, folder: Path, command: list[str], port: int, env: dict[str, str]) -> None:
        self.port = port
        folder.mkdir(parents=True, exist_ok=True)
        super().__init__(command, log_path=folder / "log", env={**clean_environment(folder), **env}, cwd=folder)
        eventually(lambda: not self.is_running or self.state(), within=20)
        assert self.is_running, self.log

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def state(self) -> dict[str, Any]:
        """What the server knows of itself: ``descriptors``, ``sessions`` and its ``log``."""
        state: dict[str, Any] = requests.get(f"{self.url}/state", timeout=10).json()
        return state

    def emit(self, event: str, data: Any, *, room: str = "all", times: int = 1) -> None:
        requests.post(f"{self.url}/emit/{room}/{event}", json={"data": data, "times": times}, timeout=30)


def gunicorn(folder: Path, worker: str, *arguments: str, **env: object) -> Echo:
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--config", str(ROOT / "gunicorn.conf.py"), "-k", worker]
    command += ["--bind", f"{HOST}:{port}", "--access-logfile", "-", *arguments, APP]
    return Echo(folder, command, port, _texts(env))


def development(folder: Path, **env: object) -> Echo:
    port = free_port()
    return Echo(folder, [sys.executable, "-m", "tests.transport.echo_server", str(port)], port, _texts(env))


def flask_run(folder: Path, **env: object) -> Echo:
    port = free_port()
    command = [sys.executable, "-m", "flask", "--app", APP, "run", "--port", str(port)]
    return Echo(folder, command, port, _texts(env))


def _texts(env: dict[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in env.items()}
