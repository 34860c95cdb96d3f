"""Progress: how far a download is, as a bar on a terminal and as a few plain lines anywhere else."""

import os
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TextIO

_WIDTH = 30
_SECONDS_BETWEEN_LINES = 10.0
_MB = 1_000_000


class Progress:
    """One download of a known size, told to ``out`` from when it is entered until it is left."""

    def __init__(self, title: str, size: int, out: TextIO) -> None:
        self._title = title
        self._size = size
        self._out = out
        self._is_terminal = out.isatty()
        self._began = self._told = time.monotonic()

    def __enter__(self) -> "Progress":
        if not self._is_terminal:
            self._line(f"Fetching {self._title} ({self._size / _MB:.0f} MB) ...")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if kind is None:
            self._draw(self._size)
        if self._is_terminal:
            self._line("")
        elif kind is None:
            self._line(f"Fetched {self._title} in {time.monotonic() - self._began:.0f} s.")

    def at(self, received: int) -> None:
        """Tell that so many bytes are here."""
        received = min(received, self._size)
        if self._is_terminal:
            self._draw(received)
        elif time.monotonic() - self._told >= _SECONDS_BETWEEN_LINES:
            self._told = time.monotonic()
            self._line(f"  {received / _MB:.0f} of {self._size / _MB:.0f} MB")

    def _draw(self, received: int) -> None:
        if self._is_terminal:
            bar = "#" * round(_WIDTH * received / self._size)
            self._out.write(f"\r{self._title}  [{bar:<{_WIDTH}}]  {received / _MB:.0f} of {self._size / _MB:.0f} MB ")
            self._out.flush()

    def _line(self, text: str) -> None:
        self._out.write(f"{text}\n")
        self._out.flush()


def bytes_below(folder: Path) -> int:
    """The size of all files in ``folder``; files and folders that vanish meanwhile count nothing."""
    total = 0
    for parent, _, names in os.walk(folder):  # Path.rglob raises for a folder that was deleted after it was listed.
        for name in names:
            with suppress(OSError):
                total += Path(parent, name).stat().st_size
    return total
