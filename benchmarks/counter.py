"""Counter: a number in a file that two processes map, because asking the server for it would change it."""

import mmap
import struct
from pathlib import Path

_SIZE = 8


class Counter:
    """A number in a file, written by one process and read by another."""

    def __init__(self, path: Path) -> None:
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), _SIZE)

    @classmethod
    def create(cls, path: Path) -> "Counter":
        path.write_bytes(bytes(_SIZE))
        return cls(path)

    @property
    def value(self) -> int:
        number: int = struct.unpack("<q", self._memory[:_SIZE])[0]
        return number

    def increase(self) -> None:
        self._memory[:_SIZE] = struct.pack("<q", self.value + 1)
