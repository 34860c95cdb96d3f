"""Lane: native threads for work that would stall the event loop, and the way its results come back."""

import weakref
from collections import deque
from collections.abc import Callable, Generator
from typing import Generic, TypeVar

from gevent import get_hub
from gevent.event import Event
from gevent.hub import Hub
from gevent.monkey import get_original
from gevent.threadpool import ThreadPool

T = TypeVar("T")
HandOver = Callable[[T], bool]
"""What the work calls with each item, from its own thread. True means that nobody wants any more."""


class Lane:
    """As many workers as it is wide; who comes when all are busy waits in line. Needs no monkey patching."""

    def __init__(self, width: int) -> None:
        self._width = width
        # A pool belongs to the event loop it was made on. A server has one; a program without patching may have more.
        self._pools: weakref.WeakKeyDictionary[Hub, ThreadPool] = weakref.WeakKeyDictionary()

    def call(self, work: Callable[[], T]) -> T:
        """The result of ``work``; only the calling greenlet waits."""
        return self._pool().apply(work)

    def stream(self, work: Callable[[HandOver[T]], None]) -> Generator[T, None, None]:
        """Yield what ``work`` hands over, as it comes. Closing the generator tells the work to stop, and returns."""
        relay: _Relay[T] = _Relay()
        try:
            self._pool().spawn(relay.run, work)
            yield from relay.items()
        finally:
            relay.close()

    def _pool(self) -> ThreadPool:
        hub = get_hub()
        if hub not in self._pools:
            self._pools[hub] = ThreadPool(self._width, hub=hub)
        return self._pools[hub]


class _Relay(Generic[T]):
    """Carries items from one native thread to one greenlet."""

    def __init__(self) -> None:
        self._items: deque[T] = deque()
        self._ended = False
        self._failure: BaseException | None = None
        self._arrived = Event()
        self._bell = get_hub().loop.async_()
        self._bell.start(self._arrived.set)
        # The bell must not be rung once it is closed. A native thread needs a native lock, also where all is patched.
        self._lock = get_original("_thread", "allocate_lock")()
        self._closed = False

    def run(self, work: Callable[[HandOver[T]], None]) -> None:
        """In the thread. An error of ``work`` comes out at the greenlet's end."""
        if self._closed:
            return
        try:
            work(self._hand_over)
        except BaseException as error:
            self._failure = error
        self._ended = True
        self._ring()

    def items(self) -> Generator[T, None, None]:
        """In the greenlet."""
        while True:
            ended = self._ended
            while self._items:
                yield self._items.popleft()
            if ended:
                break
            self._arrived.wait()
            self._arrived.clear()
        if self._failure is not None:
            raise self._failure

    def close(self) -> None:
        """In the greenlet."""
        with self._lock:
            self._closed = True
            self._bell.stop()
            self._bell.close()

    def _hand_over(self, item: T) -> bool:
        self._items.append(item)
        self._ring()
        return self._closed

    def _ring(self) -> None:
        with self._lock:
            if not self._closed:
                self._bell.send()
