"""Programs: Eliza under each server that may run her, with little patience for slow clients."""

import socket
import sys
from pathlib import Path

import requests

from tests.services.processes import HOST, Process, Server, clean_environment, free_port

SECONDS = 0.5
ENV = {"ELIZA_LOCAL_MODEL": "off", "ELIZA_MODEL_PROVIDER": "classic", "ELIZA_REQUEST_SECONDS": str(SECONDS)}


class Running:
    """A server program and where it listens."""

    def __init__(self, process: Process, port: int) -> None:
        self.process = process
        self.port = port

    def ask(self) -> int:
        return requests.get(f"http://{HOST}:{self.port}/healthz", timeout=5).status_code

    def connect(self, said: bytes) -> socket.socket:
        connection = socket.create_connection((HOST, self.port), timeout=15)
        connection.sendall(said)
        return connection


def python(folder: Path, *arguments: str) -> Running:
    port = free_port()
    folder.mkdir()
    env = {**clean_environment(folder), **ENV, "SERVER_PORT": str(port)}
    command = [sys.executable, *(argument.format(port=port) for argument in arguments)]
    return Running(Process(command, log_path=folder / "log", env=env, cwd=folder), port)


def gunicorn(folder: Path) -> Running:
    server = Server(folder, env=ENV, arguments=["--keep-alive", "1"])
    return Running(server, server.port)
