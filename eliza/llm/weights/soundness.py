"""Soundness: whether a weights file is what the manifest says, without reading 120 MB at every start."""

import hashlib
import json
import os
from contextlib import suppress
from pathlib import Path

_STAMPS = "checked.json"


class Stamps:
    """What was found out about files earlier, kept in a folder. A stamp holds until the file's size or time changes."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / _STAMPS

    def is_sound(self, path: Path, sha256: str) -> bool:
        """True if the file is there with that hash. Reads the whole file only when it changed since the last time."""
        name = str(path.absolute())
        try:
            stamp = [*_outside(path), sha256]
            known = self._read()
            if known.get(name) == stamp:
                return True
            if _hash(path) != sha256:
                return False
        except OSError:
            return False
        self._write({**known, name: stamp})
        return True

    def _read(self) -> dict[str, object]:
        try:
            stamps = json.loads(self._path.read_text())
        except (OSError, ValueError):
            return {}
        return stamps if isinstance(stamps, dict) else {}

    def _write(self, stamps: dict[str, object]) -> None:
        # A stamp only saves time: a folder that cannot be written to costs a reading each start and nothing else.
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            part = self._path.with_name(f"{_STAMPS}.{os.getpid()}")
            part.write_text(json.dumps(stamps))
            part.replace(self._path)


def _outside(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
