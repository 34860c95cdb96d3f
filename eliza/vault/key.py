"""Key: the server's own secret, in a file that only its owner may read."""

import os
import secrets
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

from eliza.errors import ConfigurationError

NAME = "secret.key"
_READABLE_BY_OTHERS = 0o077
_SHORTEST = 32


class ExposedKey(ConfigurationError):
    """The file is not put right in silence: whoever could read it may have done so, and its owner should know."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"Others than its owner may read or write {path}. If nobody did, run: chmod 600 {path}. "
            "Where files cannot be closed to others, set ELIZA_SECRET_KEY instead."
        )


class UnusableKey(ConfigurationError):
    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"The server's key {path} cannot be used: {why}. ELIZA_SECRET_KEY can be set instead.")


def read_key(directory: Path) -> str | None:
    """The key kept in a directory, or None while there is none. Raises ``ExposedKey`` or ``UnusableKey``."""
    path = directory / NAME
    try:
        with path.open(encoding="ascii") as file:
            if os.fstat(file.fileno()).st_mode & _READABLE_BY_OTHERS:
                raise ExposedKey(path)
            key = file.read().strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as failure:
        raise UnusableKey(path, getattr(failure, "strerror", None) or "it is not text") from failure
    if len(key) < _SHORTEST:
        raise UnusableKey(path, "it is too short")
    return key


def make_key(directory: Path) -> str:
    """The key kept in a directory, made if there is none. However many make it at once, all get the same one.

    Raises ``ExposedKey`` or ``UnusableKey``.
    """
    path = directory / NAME
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write_once(path, secrets.token_urlsafe(32))
    except OSError as failure:
        raise UnusableKey(path, failure.strerror or "it cannot be written") from failure
    key = read_key(directory)
    if key is None:
        raise UnusableKey(path, "somebody deletes it")
    return key


def _write_once(path: Path, key: str) -> None:
    """Give the file this content unless it is there already; nobody ever sees a part of it, and a crash leaves none."""
    # Made with mode 0600. A link takes its name only if that is free, which a renaming would not ask.
    with NamedTemporaryFile("w", encoding="ascii", dir=path.parent, prefix=f".{path.name}.") as new:
        new.write(f"{key}\n")
        new.flush()
        os.fsync(new.fileno())
        with suppress(FileExistsError):
            os.link(new.name, path)
    _sync(path.parent)


def _sync(directory: Path) -> None:
    """What has come into the directory is still there after a loss of power."""
    opened = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
