"""Key: the server's own key, in a file that only its owner may read."""

import os
import secrets
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

from eliza.errors import ConfigurationError
from eliza.fsync import fsync

NAME = "secret.key"
_READABLE_BY_OTHERS = 0o077
_SHORTEST = 32


class ExposedKey(ConfigurationError):
    """Other accounts can read the key. Not fixed silently: its owner should know that the key may have been read."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"Other accounts can read or write the key file {path}. If nobody has used that, run: chmod 600 {path}. "
            "If the file system has no permissions, set ELIZA_SECRET_KEY instead."
        )


class UnusableKey(ConfigurationError):
    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"The key file {path} cannot be used: {why}. Fix the file, or set ELIZA_SECRET_KEY instead.")


def read_key(directory: Path) -> str | None:
    """Read the key of a directory; None if it has none. Raises ``ExposedKey`` or ``UnusableKey``."""
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
    """Read the key of a directory, creating it if there is none. Concurrent callers all get the same key.

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
        raise UnusableKey(path, "it was deleted while it was created")
    return key


def _write_once(path: Path, key: str) -> None:
    """Create the file with this content unless it exists. It appears completely or not at all, also after a crash."""
    # The temporary file has mode 0600. A link fails if the name is taken; a rename would overwrite it.
    with NamedTemporaryFile("w", encoding="ascii", dir=path.parent, prefix=f".{path.name}.") as new:
        new.write(f"{key}\n")
        new.flush()
        os.fsync(new.fileno())
        with suppress(FileExistsError):
            os.link(new.name, path)
    fsync(path.parent)
