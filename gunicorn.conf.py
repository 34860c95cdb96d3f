"""How gunicorn serves the application; what is said on the command line counts more."""

import gc
import resource
import signal
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

from eliza.config import Settings, is_loopback
from eliza.errors import ConfigurationError

if TYPE_CHECKING:
    from gunicorn.arbiter import Arbiter
    from gunicorn.workers.base import Worker

_CONNECTIONS = 10_000
_DESCRIPTORS_KEPT = 256
Address = tuple[str, int] | tuple[str, int, int, int] | str | int


def on_starting(server: "Arbiter") -> None:
    _require_what_is_shared_by(server.cfg.workers)
    _require_a_key_for(server.cfg.address)


def when_ready(server: "Arbiter") -> None:
    # A socket handed down by systemd is no address that could be read before; nobody is served yet.
    _require_a_key_for(listener.sock.getsockname() for listener in server.LISTENERS)
    _hear_the_second_word(server)


def post_worker_init(worker: "Worker") -> None:
    # What was loaded stays to the end. The collector need not stop everything to look at it again and again.
    gc.collect()
    gc.freeze()
    for address in worker.cfg.address:
        if isinstance(address, tuple):
            worker.log.info("Ready. The page is at http://%s", _bind(*address[:2]))


def _hear_the_second_word(server: "Arbiter") -> None:
    """Let a second SIGTERM mean what a second Ctrl-C does: at once."""
    words = iter([signal.SIGTERM])
    signal.signal(signal.SIGTERM, lambda _number, frame: server.signal(next(words, signal.SIGINT), frame))


def _require_what_is_shared_by(number: int) -> None:
    """Stop when several workers could not work together, instead of letting each of them fail, or keep to itself."""
    if number > 1 and not _settings.postgres_url:
        sys.exit(f"Error: {number} workers cannot share SQLite; set POSTGRES_URL, or use one worker")
    if number > 1 and not _settings.redis_url:
        sys.exit(f"Error: {number} workers share their sockets through Redis; set REDIS_URL, or use one worker")


def _require_a_key_for(addresses: Iterable[Address]) -> None:
    """Stop when other machines can reach the server and there is no key, in whatever way the address was given."""
    hosts = [address[0] for address in addresses if isinstance(address, tuple)]
    if _settings.auth_token is not None or all(map(is_loopback, hosts)):
        return
    # Another process looks into the database: what it imports must not be here before gevent has patched the worker's.
    looked = subprocess.run(  # noqa: S603  # nosec B603  # Our own module; addresses of our command line.
        [sys.executable, "-m", "eliza.auth.exposure", *hosts], stderr=subprocess.PIPE, text=True, check=False
    )
    if looked.returncode:
        sys.exit(looked.stderr.strip())


def _most_connections() -> int:
    """No more than there are descriptors for, some kept for the database and files: whoever is taken in is served."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    with suppress(OSError, ValueError):  # Where that is not allowed, there are as many as before.
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if limit == resource.RLIM_INFINITY:
        return _CONNECTIONS
    return min(_CONNECTIONS, max(limit - _DESCRIPTORS_KEPT, limit // 2))


def _read_settings() -> Settings:
    try:
        return Settings.from_env()
    except ConfigurationError as error:
        sys.exit(f"Error: {error.message}")


def _bind(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host and not host.startswith("[") else f"{host}:{port}"


_settings = _read_settings()

bind = _bind(_settings.host, _settings.port)
worker_class = "eliza.worker.Worker"
workers = 1
worker_connections = _most_connections()
keepalive = 5
graceful_timeout = 14  # Ten for what was asked, the rest for the application's own end.
control_socket_disable = True
# Headers tell nothing of the connection here. Which proxies are believed is ELIZA_TRUSTED_PROXIES' to say.
forwarded_allow_ips = ""
secure_scheme_headers: dict[str, str] = {}
