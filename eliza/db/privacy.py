"""Privacy: other accounts on the machine cannot read the database."""

from contextlib import suppress
from pathlib import Path

_OTHERS = 0o007


def close_to_others(path: Path) -> None:
    """Create the database file readable by its owner only; remove access of others from an existing one.

    Its directory may be readable by others, for example if somebody created it by hand. Errors are ignored here, since
    opening the database reports them.
    """
    with suppress(OSError):
        path.touch(mode=0o600, exist_ok=False)
    # SQLite creates its -wal and -shm files with the same mode.
    for file in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        with suppress(OSError):
            mode = file.stat().st_mode
            if mode & _OTHERS:
                file.chmod(mode & ~_OTHERS)
