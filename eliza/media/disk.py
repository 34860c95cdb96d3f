"""Disk: what has to wait for it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import gevent

from eliza.fsync import fsync

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Failed:
    cause: Exception


def aside(work: Callable[[], T]) -> T:
    """Do what waits for the disk on another thread, so that nobody else has to wait for it."""
    done: T | _Failed = gevent.get_hub().threadpool.apply(_tried, (work,))
    if isinstance(done, _Failed):
        raise done.cause
    return done


def settle(path: Path, target: Path) -> None:
    """Give the file its name, so that after a power cut it is there whole or not at all."""
    fsync(path)
    path.rename(target)
    fsync(target.parent)


def _tried(work: Callable[[], T]) -> T | _Failed:
    # What is raised in the pool is printed there, although the caller is told: every refused file would fill the log.
    try:
        return work()
    except Exception as failure:
        return _Failed(failure)
