"""Privacy: what is said here is for nobody else who has an account on the machine."""

from contextlib import suppress
from pathlib import Path

_OTHERS = 0o007


def close_to_others(path: Path) -> None:
    """Make a database that only its owner may read, and take one that is there away from those outside its group.

    The folder may stand open, as one does that was made by hand. What cannot be changed stays: the database itself says
    what is wrong with a file.
    """
    with suppress(OSError):
        path.touch(mode=0o600, exist_ok=False)
    # SQLite gives the files that it makes beside it the same mode.
    for file in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        with suppress(OSError):
            mode = file.stat().st_mode
            if mode & _OTHERS:
                file.chmod(mode & ~_OTHERS)
