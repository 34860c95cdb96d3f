"""Passwords: hashed with Argon2id, which costs time and memory so that guessing does, too."""

import base64
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import gevent
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from gevent.lock import BoundedSemaphore

from eliza.auth.random_secrets import as_bytes
from eliza.errors import InvalidInput, Unavailable

T = TypeVar("T")

_SHORTEST, _LONGEST = 8, 1024
_AT_ONCE = 2
"""How many are hashed at the same time: each occupies a CPU and 19 MiB."""
_PATIENCE_SECONDS = 10


class InvalidPassword(InvalidInput):
    code = "INVALID_PASSWORD"

    def __init__(self) -> None:
        super().__init__(f"password: must have {_SHORTEST} to {_LONGEST} characters")


class TooManySignIns(Unavailable):
    """More passwords are waiting to be checked than the server can check in ``_PATIENCE_SECONDS``."""

    code = "TOO_MANY_SIGN_INS"

    def __init__(self) -> None:
        super().__init__("Too many people are signing in right now; try again in a few seconds")


class Passwords:
    """Hashes on threads, so that the event loop goes on. Do not call it inside a unit of work."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        # OWASP's recommendation for Argon2id: 19 MiB and two iterations.
        self._hasher = hasher or PasswordHasher(time_cost=2, memory_cost=19 << 10, parallelism=1)
        self._dummy = _dummy_hash(self._hasher)
        self._turns = BoundedSemaphore(_AT_ONCE)

    def hash(self, password: str) -> str:
        """Raises ``InvalidPassword`` if it is too short or too long, or ``TooManySignIns``."""
        if not _SHORTEST <= len(password) <= _LONGEST:
            raise InvalidPassword
        return self._aside(lambda: self._hasher.hash(as_bytes(password)))

    def is_right(self, password: str, kept: str | None) -> bool:
        """Without a hash it is never right, and takes as long as with one. Raises ``TooManySignIns``."""
        if len(password) > _LONGEST:
            return False
        return self._aside(lambda: self._is(password, kept or self._dummy)) and kept is not None

    def is_outdated(self, kept: str) -> bool:
        """True for a hash that was made with other parameters than the current ones."""
        return self._hasher.check_needs_rehash(kept)

    def _is(self, password: str, kept: str) -> bool:
        try:
            return self._hasher.verify(kept, as_bytes(password))
        except (VerificationError, InvalidHashError):
            return False

    def _aside(self, work: Callable[[], T]) -> T:
        with self._turn():
            result: T = gevent.get_hub().threadpool.apply(work)
            return result

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._turns.acquire(timeout=_PATIENCE_SECONDS):
            raise TooManySignIns
        try:
            yield
        finally:
            self._turns.release()


def _dummy_hash(hasher: PasswordHasher) -> str:
    """A hash that no password has, built without hashing so that starting stays fast."""
    salt, rest = (base64.b64encode(secrets.token_bytes(size)).decode().rstrip("=") for size in (16, hasher.hash_len))
    costs = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    return f"$argon2id$v=19${costs}${salt}${rest}"
