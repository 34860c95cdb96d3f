"""Limits: how often somebody may ask for what. Who asks more often is told to wait, and for how long.

Flask-Limiter counts what is dear: logins, uploads, searches, and whatever posts a message or asks a model. All else the
gate counts in a dictionary, for a look at Flask-Limiter's lists costs as much as half of a small request.

Counted is a credential, whoever brings it from wherever, and the address, for which five times as much is in order. A
connector speaks for many: the server's own key, and a key that may act as others, may do twenty times as much, and that
from one address. Who needs no credential sits at this machine and is not counted at all.

**Wrong credentials** are counted by address, before any is looked at. Once there are too many within a minute, every
credential from there is refused for the rest of it unlooked at, so that nobody learns whether one would have been
right. A team behind one address is not locked out by a colleague's old key: what was let in from that address lately
goes through, recognized by a digest of this process's own making, if it is too long to be guessed. That is true of all
keys and logins that the server makes; a short ``ELIZA_SERVER_AUTH_TOKEN`` waits like everybody else, for otherwise it
could be guessed at any speed. Asking without a credential is no guess: it is answered 401 as ever, and counts as a
request.
"""

import hashlib
import math
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from types import MappingProxyType
from typing import Any

from flask import Flask, g, request
from flask_limiter import HeaderNames, Limiter, RequestLimit
from limits import RateLimitItem, RateLimitItemPerMinute

from eliza.access import rules
from eliza.access.authenticator import CredentialRefused, CredentialRequired, Presented
from eliza.access.principal import LOOPBACK, Principal
from eliza.access.roles import Permission
from eliza.config import Settings
from eliza.errors import ElizaError
from eliza.http.counters import Counters, LocalCounters

LOGIN, UPLOAD, COSTLY, SEARCH = "login", "upload", "costly", "search"

CLASSES: Mapping[str, str] = MappingProxyType(
    {
        "auth.log_in": LOGIN,
        "auth.register": LOGIN,
        "auth.change_password": LOGIN,
        "agent media.upload_for_agent": UPLOAD,
        "channel media.upload_for_channel": UPLOAD,
        "channel media.upload_media_for_channel": UPLOAD,
        "messages.post_message": COSTLY,
        "bridge.submit": COSTLY,
        "bridge.ingest_external": COSTLY,
        "sessions.begin_session": COSTLY,
        "sessions.post_session_message": COSTLY,
        "jobs.create_job": COSTLY,
        "channels.generate_title": COSTLY,
        "audio.transcribe": COSTLY,
        "audio.receive_audio_message": COSTLY,
        "audio.generate_speech": COSTLY,
        "audio.synthesize": COSTLY,
        "audio.converse": COSTLY,
        "audio.process_speech": COSTLY,
        "messages.search_messages": SEARCH,
    }
)
"""What is dear, by the names that ``eliza.access.rules`` has for routes. Sending over a socket is ``COSTLY`` too."""

_LOGINS = 10
_ADDRESS_TIMES = 5
_CONNECTOR_TIMES = 20
_SOCKETS_TIMES = 4
_MINUTE = 60
_KNOWN_SECONDS = 3600
_UNGUESSABLE = 32
_MOST_KNOWN = 10_000
_NAMES = {
    HeaderNames.LIMIT: "RateLimit-Limit",
    HeaderNames.REMAINING: "RateLimit-Remaining",
    HeaderNames.RESET: "RateLimit-Reset",
    # Flask-Limiter tells good answers, too, after how many seconds to retry. Said last, it is what Reset should say.
    HeaderNames.RETRY_AFTER: "RateLimit-Reset",
}


class RateLimited(ElizaError):
    """The same will be done in ``retry_after`` seconds."""

    status = 429
    code = "RATE_LIMITED"

    def __init__(self, seconds: float, what: str = "requests") -> None:
        self.retry_after = max(1, math.ceil(seconds))
        super().__init__(
            f"Too many {what}; try again in {self.retry_after} s", details={"retryAfter": self.retry_after}
        )


class RateLimits:
    """Counts what one server is asked for. With ``ELIZA_RATE_LIMITS=off`` it lets everything through."""

    def __init__(self, settings: Settings) -> None:
        self._numbers = numbers = settings.limits
        self._here = LocalCounters()
        self._known = LocalCounters(_MOST_KNOWN)
        self._looked_at: Counter[str] = Counter()
        self._is_shared = settings.redis_url is not None
        self._secret = secrets.token_bytes(32)
        self._rates = {LOGIN: _LOGINS, UPLOAD: numbers.uploads, COSTLY: numbers.costly, SEARCH: numbers.costly}
        self._limiter = Limiter(
            _credential,
            storage_uri=f"{Counters.STORAGE_SCHEME[0]}://",
            storage_options={"redis_url": settings.redis_url or ""},
            strategy="fixed-window",
            headers_enabled=True,
            header_name_mapping=_NAMES,
            on_breach=_refuse,
        )

    def watch(self, app: Flask) -> None:
        """Count the dear routes of ``app``, which are all there by now."""
        if not self._numbers.on:
            return
        self._limiter.init_app(app)
        # It would look for limits of every request, and those it knows are all where the routes are.
        app.before_request_funcs[None].remove(self._limiter._check_request_limit)
        watched = {
            view: self._watched(app.view_functions[view], kind)
            for view, kind in CLASSES.items()
            if view in app.view_functions
        }
        for endpoint, view in app.view_functions.items():
            app.view_functions[endpoint] = watched.get(rules.view_of(endpoint), view)

    # Credentials

    def admit(self, presented: Presented, address: str | None, look: Callable[[Presented], Principal]) -> Principal:
        """Who brings this, as ``look`` says, which is an authenticator's ``admit``.

        Raises its failures, having counted them, and ``RateLimited`` before it looks.
        """
        place = client_network(address)
        self.before_credentials(presented, place)
        try:
            principal = look(presented)
        except CredentialRequired:
            self._count(f"nobody {place}", self._numbers.requests)
            raise
        except CredentialRefused:
            self._failed(place)
            raise
        self._remember(_text(presented), place)
        return principal

    def before_credentials(self, presented: Presented, place: str) -> None:
        """Raises ``RateLimited`` where too much was wrong that came from ``place``."""
        if self._here.get(f"wrong {place}") < self._numbers.failures:  # Nearly always, and cheap to say.
            return
        if presented and not self._is_known(_text(presented), place):
            self._require(f"wrong {place}", self._numbers.failures, "wrong credentials")

    def after_credentials(self, principal: Principal) -> None:
        """Count a request of somebody known. Raises ``RateLimited``."""
        if principal.credential != LOOPBACK.credential:
            self._count(principal.credential, self._numbers.requests * rate_factor(principal))

    @contextmanager
    def login(self, account: str) -> Iterator[None]:
        """Around the look at a password. ``CredentialRefused`` inside counts against the address and the account.

        Raises ``RateLimited`` before the look. Somebody else's guesses lock nobody out where they logged in lately.
        """
        place, name = client_network(request.remote_addr), f"login {account.casefold()}"
        if not self._is_known(name.ljust(_UNGUESSABLE), place):
            self._require(f"wrong {place}", self._numbers.failures, "wrong credentials")
            self._require(f"{name} wrong", _LOGINS, "wrong passwords for this account")
        try:
            with self._looking(f"wrong {place}", f"{name} wrong"):
                yield
        except CredentialRefused:
            self._failed(place)
            self._note(f"{name} wrong", _LOGINS)
            raise
        self._remember(name.ljust(_UNGUESSABLE), place)

    @contextmanager
    def _looking(self, *keys: str) -> Iterator[None]:
        """Count what is being looked at as if it were wrong: who guesses all at once has no more guesses for it."""
        self._looked_at.update(keys)
        try:
            yield
        finally:
            for key in keys:
                self._looked_at[key] -= 1
                if not self._looked_at[key]:
                    del self._looked_at[key]

    # What a socket sends

    def spend(self, kind: str, principal: Principal) -> None:
        """Count something dear that did not come as a request, together with those that did. Raises ``RateLimited``."""
        if not self._numbers.on or principal.credential == LOOPBACK.credential:
            return
        rate = self._rate(kind, rate_factor(principal))
        counter = self._limiter.limiter
        if not counter.hit(rate, principal.credential, kind):
            raise RateLimited(counter.get_window_stats(rate, principal.credential, kind).reset_time - time.time())

    def count_event(self, principal: Principal, per_second: float) -> None:
        """Count what a socket of ``principal`` sends, with all its other sockets here. Raises ``RateLimited``."""
        self._count(f"events {principal.credential}", round(_SOCKETS_TIMES * per_second * _MINUTE))

    # How Flask-Limiter is asked

    def _watched(self, view: Any, kind: str) -> Any:
        of_address = self._limiter.shared_limit(
            lambda: f"{self._rate(kind, _ADDRESS_TIMES).amount}/minute",
            kind,
            key_func=_place,
            exempt_when=lambda: _speaks_for_many(_principal()),
        )
        of_credential = self._limiter.shared_limit(
            lambda: f"{self._rate(kind, rate_factor(_principal())).amount}/minute",
            kind,
            exempt_when=lambda: _principal() in (None, LOOPBACK),
        )
        return of_address(of_credential(view))

    def _rate(self, kind: str, times: int) -> RateLimitItem:
        return RateLimitItemPerMinute(self._rates[kind] * times)

    # Credentials that were wrong, and those that were not

    def _failed(self, place: str) -> None:
        self._note(f"wrong {place}", self._numbers.failures)

    def _note(self, key: str, most: int) -> None:
        """Count where all workers see it; what this one has to know is kept here, for it is asked all the time."""
        count = self._limiter.storage.incr(key, _MINUTE) if self._is_shared else 0
        self._here.incr(key, _MINUTE, most if count >= most else 1)

    def _require(self, key: str, most: int, what: str) -> None:
        if self._numbers.on and self._here.get(key) + self._looked_at[key] >= most:
            raise RateLimited(self._here.seconds_left(key), what)

    def _count(self, key: str, most: int) -> None:
        if self._here.incr(key, _MINUTE) > most and self._numbers.on:
            raise RateLimited(self._here.seconds_left(key))

    def _remember(self, text: str, place: str) -> None:
        if len(text) >= _UNGUESSABLE:
            self._known.incr(self._digest(text, place), _KNOWN_SECONDS)

    def _is_known(self, text: str, place: str) -> bool:
        return len(text) >= _UNGUESSABLE and self._known.get(self._digest(text, place)) > 0

    def _digest(self, text: str, place: str) -> str:
        told = f"{place} {text}".encode(errors="surrogatepass")
        return hashlib.blake2b(told, key=self._secret, digest_size=16).hexdigest()


@lru_cache(maxsize=4096)
def client_network(address: str | None) -> str:
    """What counts as one address: with IPv6 the network that a provider gives to one household."""
    try:
        parsed = ip_address((address or "").partition("%")[0])
    except ValueError:
        return "this machine"  # A Unix socket: what is in front of it sits here.
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is None:
        return str(ip_network((parsed, 64), strict=False))
    return str(parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else parsed)


def _place() -> str:
    return client_network(request.remote_addr)


def _principal() -> Principal | None:
    found: Principal | None = g.get("principal")
    return found


def _credential() -> str:
    principal = _principal()
    return principal.credential if principal is not None else _place()


def rate_factor(principal: Principal | None) -> int:
    """How many times as much they may do as somebody who speaks for themselves alone."""
    return _CONNECTOR_TIMES if _speaks_for_many(principal) else 1


def _speaks_for_many(principal: Principal | None) -> bool:
    return principal is not None and principal.may(Permission.ACT_AS)


def _text(presented: Presented) -> str:
    return presented.key or presented.bearer or presented.cookie or ""


def _refuse(breach: RequestLimit) -> None:
    raise RateLimited(breach.reset_at - time.time())
