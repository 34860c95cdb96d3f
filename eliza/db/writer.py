"""Writer: the one hand that writes to SQLite."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol

import gevent
from gevent.event import AsyncResult
from gevent.queue import Empty, Queue
from gevent.threadpool import ThreadPool
from peewee import Database as Orm

from eliza.errors import Unavailable

log = logging.getLogger(__name__)

_MOST_AT_ONCE = 500


class AfterCommit(Protocol):
    waiting: list[Callable[[], None]]


@dataclass(slots=True)
class _Unit:
    work: Callable[[], object]
    answer: "AsyncResult[None]" = field(default_factory=AsyncResult)
    result: object = None
    failure: BaseException | None = None
    callbacks: list[Callable[[], None]] = field(default_factory=list)


class Writer:
    """Takes all units that wait, runs them in one transaction on its own thread, and answers after the commit.

    A unit that fails is undone alone, by its savepoint; a commit that fails, or a full disk, fails every unit in it.
    ``check`` is called before each commit; what it raises fails the unit in the same way.
    """

    def __init__(self, orm: Orm, after_commit: AfterCommit, check: Callable[[], None] = lambda: None) -> None:
        self._orm = orm
        self._after_commit = after_commit
        self._check = check
        self._queue: Queue[_Unit | None] = Queue()
        self._thread = ThreadPool(1)
        self._thread.apply(orm.connect)
        self._loop = gevent.spawn(self._run)
        self._closed = False

    def submit(self, work: Callable[[], object]) -> object:
        if self._closed:
            raise Unavailable("The server is stopping.")
        unit = _Unit(work)
        self._queue.put(unit)
        unit.answer.get()
        if unit.failure is not None:
            raise unit.failure
        return unit.result

    def close(self) -> None:
        """Finish what was submitted, then let go of the connection."""
        if self._closed:
            return
        self._closed = True
        self._queue.put(None)
        self._loop.join()
        self._thread.apply(self._orm.close)
        self._thread.kill()

    def _run(self) -> None:
        open_for_more = True
        while open_for_more:
            batch, open_for_more = self._take()
            if batch:
                self._thread.apply(self._commit, (batch,))
            for unit in batch:
                _report(unit)

    def _take(self) -> tuple[list[_Unit], bool]:
        batch: list[_Unit] = []
        unit = self._queue.get()
        while unit is not None:
            batch.append(unit)
            if len(batch) == _MOST_AT_ONCE:
                return batch, True
            try:
                unit = self._queue.get_nowait()
            except Empty:
                return batch, True
        return batch, False

    def _commit(self, batch: list[_Unit]) -> None:
        try:
            self._check()
            with self._orm.atomic("IMMEDIATE"):
                for unit in batch:
                    self._try(unit)
        except Exception as failure:  # A failed BEGIN or COMMIT is everybody's failure.
            for unit in batch:
                unit.failure = failure

    def _try(self, unit: _Unit) -> None:
        self._after_commit.waiting = unit.callbacks
        try:
            with self._orm.savepoint():
                unit.result = unit.work()
        except Exception as failure:  # It belongs to the caller, who gets it from submit.
            unit.failure = failure
            # Out of disk, SQLite undoes the whole transaction by itself, and each unit to come would commit alone.
            if not self._orm.connection().in_transaction:  # type: ignore[no-untyped-call]  # Peewee's.
                raise


def tell(callbacks: Iterable[Callable[[], None]]) -> None:
    """Call each of them. What was committed stays so, whatever becomes of its telling."""
    for callback in callbacks:
        try:
            callback()
        except Exception:
            log.exception("callback after commit failed")


def _report(unit: _Unit) -> None:
    if unit.failure is None:
        tell(unit.callbacks)
    unit.answer.set(None)
