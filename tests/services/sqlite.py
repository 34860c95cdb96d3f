"""SQLite: a file with every table, made once and copied to wherever a test wants one."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from eliza.db import Database


def migrated(path: Path) -> Path:
    """There is a database at ``path``: what was there, or else one without a row. Copying is faster than migrating."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_empty())
    return path


@cache
def _empty() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "eliza.db"
        Database.open_sqlite(path).close()
        return path.read_bytes()
