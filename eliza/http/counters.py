"""Counters: how often something happened within a time window, in this process and, if configured, in Redis."""

import logging
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from limits.storage import RedisStorage, Storage
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

log = logging.getLogger(__name__)

T = TypeVar("T")

_MOST = 100_000
_REDIS_SECONDS = 0.25
_AWAY_SECONDS = 5.0


class LocalCounters:
    """Counters of this process, by a monotonic clock. Their number, and so their memory, is bounded."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._counts: dict[str, tuple[int, float]] = {}

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count, and return the count. The window begins with the first call."""
        now = time.monotonic()
        with self._lock:
            count, until = self._counts.get(key, (0, 0.0))
            if until <= now:
                self._counts.pop(key, None)
                self._make_room(now)
                count, until = 0, now + expiry
            self._counts[key] = count + amount, until
            return count + amount

    def get(self, key: str) -> int:
        count, until = self._counts.get(key, (0, 0.0))
        return count if until > time.monotonic() else 0

    def seconds_left(self, key: str) -> float:
        """Seconds until the window ends and the count starts again."""
        return max(0.0, self._counts.get(key, (0, 0.0))[1] - time.monotonic())

    def clear(self, key: str) -> None:
        with self._lock:
            self._counts.pop(key, None)

    def reset(self) -> int:
        with self._lock:
            number = len(self._counts)
            self._counts.clear()
            return number

    def _make_room(self, now: float) -> None:
        if len(self._counts) < self._most:
            return
        self._counts = {key: one for key, one in self._counts.items() if one[1] > now}
        # An attacker may invent any number of addresses or names. Drop the oldest counters: their windows end first.
        for key in list(self._counts)[: len(self._counts) - self._most // 2]:
            del self._counts[key]


class Counters(Storage):
    """Flask-Limiter's storage: Redis, so that all workers share counters; without it, or while it is down, local ones.

    While Redis does not answer, it is tried every five seconds, for a quarter of a second.
    """

    STORAGE_SCHEME = ["eliza"]  # noqa: RUF012  # The class variable by which ``limits`` finds a storage.

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, *, redis_url: str = "") -> None:
        super().__init__(uri, wrap_exceptions=wrap_exceptions)
        self._here = LocalCounters()
        self._redis = _redis(redis_url) if redis_url else None
        self._away_until = 0.0

    @property
    def base_exceptions(self) -> type[Exception]:
        return RedisError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        return self._ask(lambda redis: redis.incr(key, expiry, amount), lambda: self._here.incr(key, expiry, amount))

    def get(self, key: str) -> int:
        return self._ask(lambda redis: redis.get(key), lambda: self._here.get(key))

    def get_expiry(self, key: str) -> float:
        return self._ask(lambda redis: redis.get_expiry(key), lambda: time.time() + self._here.seconds_left(key))

    def clear(self, key: str) -> None:
        self._ask(lambda redis: redis.clear(key), lambda: self._here.clear(key))

    def reset(self) -> int | None:
        return self._ask(lambda redis: redis.reset(), self._here.reset)

    def check(self) -> bool:
        return True

    def _ask(self, there: Callable[[RedisStorage], T], here: Callable[[], T]) -> T:
        if self._redis is None or time.monotonic() < self._away_until:
            return here()
        try:
            return there(self._redis)
        except RedisError as failure:
            self._away_until = time.monotonic() + _AWAY_SECONDS
            log.warning("Redis is unavailable; each worker counts for itself", extra={"reason": str(failure)})
            return here()


def _redis(url: str) -> RedisStorage:
    return RedisStorage(
        url,
        key_prefix="eliza:limits",
        socket_timeout=_REDIS_SECONDS,
        socket_connect_timeout=_REDIS_SECONDS,
        # No retries: a request should not wait for its counter.
        retry=Retry(NoBackoff(), 0),  # type: ignore[arg-type]  # Handed on to redis-py as it is.
    )
