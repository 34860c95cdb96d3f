"""Disk: what has to wait for it."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import gevent

T = TypeVar("T")


def aside(work: Callable[[], T]) -> T:
    """Do what waits for the disk on another thread, so that nobody else has to wait for it."""
    result: T = gevent.get_hub().threadpool.apply(work)
    return result


def settle(path: Path, target: Path) -> None:
    """Give the file its name, so that after a power cut it is there whole or not at all."""
    _sync(path)
    path.rename(target)
    _sync(target.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
