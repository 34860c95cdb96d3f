"""Jwks: the keys that another service publishes at an address, fetched when the first token needs them."""

import logging
import threading
from collections.abc import Iterable
from typing import Any

import gevent
import httpx2
import jwt
import orjson

from eliza.auth.verification_keys import Key, PublicKey, algorithm_of
from eliza.clock import Clock
from eliza.config import is_loopback
from eliza.errors import ConfigurationError, Unavailable

log = logging.getLogger(__name__)

_KEPT_SECONDS = 600.0
"""After which the keys are fetched anew: a key that the service takes back ends then."""
_BELIEVED_SECONDS = 86_400.0
"""How long keys count when they cannot be fetched anew."""
_PAUSE_SECONDS = 15.0
"""Between two attempts. Whoever invents key ids makes us ask no more often than that."""
_TIMEOUT_SECONDS = 5.0
_WHOLE_SECONDS = 10.0
_MOST_BYTES = 256 << 10
_MOST_KEYS = 100

_Found = dict[str | None, tuple[Key, str]]


class KeysUnavailable(Unavailable):
    """The service that vouches for people does not tell its keys now."""

    code = "KEYS_UNAVAILABLE"

    def __init__(self) -> None:
        super().__init__("The keys of the service that signed this token cannot be fetched now; try again in a moment")


class PublishedKeys:
    """Raises ``ConfigurationError`` for an address over which somebody in between could send keys of their own."""

    def __init__(self, url: str, clock: Clock) -> None:
        address = httpx2.URL(url)
        is_local = is_loopback(address.host)
        if address.scheme != "https" and not (address.scheme == "http" and is_local):
            raise ConfigurationError("JWT_JWKS_URI must begin with https://, unless it is an address of this machine.")
        self._url = address
        self._clock = clock
        self._trust_env = not is_local
        self._alone = threading.Lock()
        self._keys: _Found | None = None
        self._fetched_at = self._tried_at = float("-inf")

    def find(self, key_id: object) -> tuple[Key, str]:
        """Raises ``jwt.PyJWTError`` for a key that is not published, ``KeysUnavailable`` while none are known."""
        wanted = key_id if isinstance(key_id, str) else None
        if self._is_older_than(_KEPT_SECONDS) or wanted not in (self._keys or ()):
            self._refresh()
        if self._keys is None or self._is_older_than(_BELIEVED_SECONDS):
            raise KeysUnavailable
        if wanted not in self._keys:
            raise jwt.InvalidTokenError("signed with a key that is not published")
        return self._keys[wanted]

    def _is_older_than(self, seconds: float) -> bool:
        return self._clock.monotonic() - self._fetched_at > seconds

    def _refresh(self) -> None:
        """Fetch the keys, unless that was tried just now. Old ones are kept while new ones cannot be had."""
        with self._alone:
            now = self._clock.monotonic()
            if now - self._tried_at < _PAUSE_SECONDS:
                return
            self._tried_at = now
            try:
                self._keys = _read(self._fetch())
                self._fetched_at = now
            except (httpx2.HTTPError, TimeoutError, ValueError):
                log.warning("keys of the token service not fetched", exc_info=True)

    def _fetch(self) -> bytes:
        whole = gevent.Timeout(_WHOLE_SECONDS, TimeoutError(f"did not answer within {_WHOLE_SECONDS:g} seconds"))
        client = httpx2.Client(timeout=_TIMEOUT_SECONDS, follow_redirects=False, trust_env=self._trust_env)
        with whole, client, client.stream("GET", self._url) as response:
            if response.status_code != 200:
                raise ValueError(f"answered with status {response.status_code}")
            return _within(response.iter_bytes())


def _within(pieces: Iterable[bytes]) -> bytes:
    whole = bytearray()
    for piece in pieces:
        whole += piece
        if len(whole) > _MOST_BYTES:
            raise ValueError(f"answered with more than {_MOST_BYTES} bytes")
    return bytes(whole)


def _read(raw: bytes) -> _Found:
    """The keys by their ids; one that stands alone also by none. Raises ``ValueError`` for what is no set of keys."""
    listed = orjson.loads(raw)
    if not isinstance(listed, dict) or not isinstance(listed.get("keys"), list):
        raise ValueError("answered with no set of keys")
    found: _Found = {}
    for entry in listed["keys"][:_MOST_KEYS]:
        if isinstance(entry, dict) and (key := _usable(entry)) is not None:
            found[entry["kid"] if isinstance(entry.get("kid"), str) else None] = key
    if len(found) == 1:
        found[None] = next(iter(found.values()))
    return found


def _usable(entry: dict[str, Any]) -> tuple[PublicKey, str] | None:
    """A public key for signatures of a kind that is trusted. Sets hold others too, which are passed over."""
    if entry.get("kty") == "oct" or entry.get("use", "sig") != "sig":
        return None
    try:
        key = jwt.PyJWK.from_dict(entry).key
        algorithm = algorithm_of(key)
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
    return (key, algorithm) if entry.get("alg", algorithm) == algorithm else None
