"""Instance: a SQLite data directory belongs to one process at a time."""

import fcntl
from pathlib import Path
from typing import IO

import gevent

from eliza.errors import ConfigurationError

_LOOK_EVERY_SECONDS = 0.1


class DirectoryInUse(ConfigurationError):
    def __init__(self, directory: Path) -> None:
        super().__init__(
            f"Another server is using {directory}. Stop it, choose another ELIZA_DATA_DIR, "
            "or set POSTGRES_URL, with which any number of workers can share the data."
        )


class InstanceLock:
    """Held for the life of the process; the system lets go of it however the process ends."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._file: IO[str] | None = None

    def acquire(self, patience: float) -> None:
        """Wait up to ``patience`` seconds for a predecessor that is leaving. Raises ``DirectoryInUse``."""
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = (self._directory / "server.lock").open("w")
        for _ in range(round(patience / _LOOK_EVERY_SECONDS)):
            if _locked(file):
                break
            gevent.sleep(_LOOK_EVERY_SECONDS)
        else:
            if not _locked(file):
                file.close()
                raise DirectoryInUse(self._directory)
        self._file = file

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def _locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
