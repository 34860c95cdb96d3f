"""Outbox: what other processes are to hear, told to Redis aside, so that nobody here waits for it."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as Unreachable
from redis.exceptions import RedisError
from redis.retry import Retry

log = logging.getLogger(__name__)

MAX_WAITING_BYTES = 16 << 20
"""What may wait for Redis; of more, the oldest is dropped."""

_REDIS_SECONDS = 5.0
_PAUSE_SECONDS = 0.5


class Outbox:
    """Messages leave in the order of ``put``, each at most once. ``spawn`` runs work aside."""

    def __init__(self, url: str, channel: str, spawn: Callable[[Callable[[], None]], object]) -> None:
        self._redis = Redis.from_url(
            url,
            socket_timeout=_REDIS_SECONDS,
            socket_connect_timeout=_REDIS_SECONDS,
            # Redis may have taken what it did not confirm; redis-py's own retries would tell it twice.
            retry=Retry(NoBackoff(), 0),
        )
        self._channel = channel
        self._spawn = spawn
        self._lock = threading.Lock()
        self._waiting: deque[str] = deque()
        self._waiting_bytes = 0
        self._is_telling = False

    def put(self, message: str) -> None:
        """Have ``message`` published soon; never waits."""
        with self._lock:
            self._waiting.append(message)
            self._waiting_bytes += len(message)
            dropped = self._drop_the_oldest()
            is_idle, self._is_telling = not self._is_telling, True
        if dropped:
            log.warning("other processes miss events, since Redis takes none", extra={"dropped": dropped})
        if is_idle:
            self._spawn(self._tell_all)

    def _drop_the_oldest(self) -> int:
        dropped = 0
        while self._waiting_bytes > MAX_WAITING_BYTES and self._waiting:
            self._waiting_bytes -= len(self._waiting.popleft())
            dropped += 1
        return dropped

    def _tell_all(self) -> None:
        while (message := self._next()) is not None:
            try:
                self._redis.publish(self._channel, message)
            except Unreachable:
                self._put_back(message)
                time.sleep(_PAUSE_SECONDS)
            except RedisError as error:
                log.warning("other processes may miss an event", extra={"reason": str(error)})

    def _next(self) -> str | None:
        with self._lock:
            if not self._waiting:
                self._is_telling = False
                return None
            message = self._waiting.popleft()
            self._waiting_bytes -= len(message)
            return message

    def _put_back(self, message: str) -> None:
        with self._lock:
            self._waiting.appendleft(message)
            self._waiting_bytes += len(message)
