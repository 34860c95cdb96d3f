"""Fsync: makes files, and entries of directories, survive a loss of power."""

import os
from pathlib import Path


def fsync(path: Path) -> None:
    """Wait until a file, or the entries of a directory, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
