"""Limits: how often a client may call what. Too many requests get a 429 that says how long to wait.

Flask-Limiter counts the expensive routes: logins, uploads, searches, and everything that posts a message or calls a
model. The gate counts all other requests in a dictionary, because Flask-Limiter would take half as long as a small
request itself.

Limits apply per credential, and per address with five times the amount. Connectors speak for many people: the server's
own key and keys with the scope ``act-as`` get twenty times the amount and no limit per address. Local callers that need
no credential are not limited.

**Wrong credentials** are counted per address. After too many within a minute, every credential from that address is
refused unchecked for the rest of the minute, so that an attacker does not learn whether a guess was right. A team
behind one address is not locked out by a colleague's old key: a credential that was accepted from that address
recently is still accepted, if it is too long to be guessed. It is recognized by a digest that only this process can
compute. All keys and logins made by the server are long enough; a short ``ELIZA_SERVER_AUTH_TOKEN`` has to wait,
because it could be guessed otherwise. A request without a credential is not a guess: it gets a 401 and counts as a
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
"""The expensive routes, named as in ``eliza.access.rules``. Sending a message over a socket is ``COSTLY`` too."""

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
    # Flask-Limiter adds Retry-After to successful answers too, in seconds: the value that RateLimit-Reset should have.
    HeaderNames.RETRY_AFTER: "RateLimit-Reset",
}


class RateLimited(ElizaError):
    """The same request will be accepted in ``retry_after`` seconds."""

    status = 429
    code = "RATE_LIMITED"

    def __init__(self, seconds: float, what: str = "requests") -> None:
        self.retry_after = max(1, math.ceil(seconds))
        super().__init__(
            f"Too many {what}; try again in {self.retry_after} s", details={"retryAfter": self.retry_after}
        )


class RateLimits:
    """Counts the requests to one server. ``ELIZA_RATE_LIMITS=off`` turns all limits off."""

    def __init__(self, settings: Settings) -> None:
        self._numbers = numbers = settings.limits
        self._here = LocalCounters()
        self._known = LocalCounters(_MOST_KNOWN)
        self._in_progress: Counter[str] = Counter()
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
        """Count the expensive routes of ``app``. Call it after all routes are registered."""
        if not self._numbers.on:
            return
        self._limiter.init_app(app)
        # It would search for limits on every request; ours are attached to their routes instead.
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
        """The principal of a credential, as ``look`` (``Authenticator.admit``) finds it.

        Counts and raises its errors. Raises ``RateLimited`` without calling it after too many wrong credentials.
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
        """Raises ``RateLimited`` after too many wrong credentials from ``place``."""
        if (
            self._here.get(f"wrong {place}") < self._numbers.failures
        ):  # True for nearly all requests, and cheap to check.
            return
        if presented and not self._is_known(_text(presented), place):
            self._require(f"wrong {place}", self._numbers.failures, "wrong credentials")

    def after_credentials(self, principal: Principal) -> None:
        """Count an authenticated request. Raises ``RateLimited``."""
        if principal.credential != LOOPBACK.credential:
            self._count(principal.credential, self._numbers.requests * rate_factor(principal))

    @contextmanager
    def login(self, account: str) -> Iterator[None]:
        """Wrap the check of a password. ``CredentialRefused`` inside counts against the address and the account.

        Raises ``RateLimited`` before the check. Guesses from elsewhere lock nobody out of an address from which they
        logged in recently.
        """
        place, name = client_network(request.remote_addr), f"login {account.casefold()}"
        if not self._is_known(name.ljust(_UNGUESSABLE), place):
            self._require(f"wrong {place}", self._numbers.failures, "wrong credentials")
            self._require(f"{name} wrong", _LOGINS, "wrong passwords for this account")
        try:
            with self._counted_in_progress(f"wrong {place}", f"{name} wrong"):
                yield
        except CredentialRefused:
            self._failed(place)
            self._note(f"{name} wrong", _LOGINS)
            raise
        self._remember(name.ljust(_UNGUESSABLE), place)

    @contextmanager
    def _counted_in_progress(self, *keys: str) -> Iterator[None]:
        """Count checks in progress as failures, so that parallel guesses do not get around the limit."""
        self._in_progress.update(keys)
        try:
            yield
        finally:
            for key in keys:
                self._in_progress[key] -= 1
                if not self._in_progress[key]:
                    del self._in_progress[key]

    # Sockets

    def spend(self, kind: str, principal: Principal) -> None:
        """Count an expensive operation over a socket together with the requests. Raises ``RateLimited``."""
        if not self._numbers.on or principal.credential == LOOPBACK.credential:
            return
        rate = self._rate(kind, rate_factor(principal))
        counter = self._limiter.limiter
        if not counter.hit(rate, principal.credential, kind):
            raise RateLimited(counter.get_window_stats(rate, principal.credential, kind).reset_time - time.time())

    def count_event(self, principal: Principal, per_second: float) -> None:
        """Count an event of any of the sockets of ``principal`` in this process. Raises ``RateLimited``."""
        self._count(f"events {principal.credential}", round(_SOCKETS_TIMES * per_second * _MINUTE))

    # Flask-Limiter

    def _watched(self, view: Any, kind: str) -> Any:
        of_address = self._limiter.shared_limit(
            lambda: f"{self._rate(kind, _ADDRESS_TIMES).amount}/minute",
            kind,
            key_func=_place,
            exempt_when=lambda: _is_connector(_principal()),
        )
        of_credential = self._limiter.shared_limit(
            lambda: f"{self._rate(kind, rate_factor(_principal())).amount}/minute",
            kind,
            exempt_when=lambda: _principal() in (None, LOOPBACK),
        )
        return of_address(of_credential(view))

    def _rate(self, kind: str, times: int) -> RateLimitItem:
        return RateLimitItemPerMinute(self._rates[kind] * times)

    # Wrong and known credentials

    def _failed(self, place: str) -> None:
        self._note(f"wrong {place}", self._numbers.failures)

    def _note(self, key: str, most: int) -> None:
        """Count for all workers, and keep a local copy, which is read on every request."""
        count = self._limiter.storage.incr(key, _MINUTE) if self._is_shared else 0
        self._here.incr(key, _MINUTE, most if count >= most else 1)

    def _require(self, key: str, most: int, what: str) -> None:
        if self._numbers.on and self._here.get(key) + self._in_progress[key] >= most:
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
    """What counts as one address. For IPv6 it is the /64 network, which a provider assigns to one customer."""
    try:
        parsed = ip_address(_without_port(address or "").partition("%")[0])
    except ValueError:
        return "this machine"  # A Unix socket: the peer runs on this machine.
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is None:
        return str(ip_network((parsed, 64), strict=False))
    return str(parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else parsed)


def _without_port(address: str) -> str:
    """Some proxies add the client's port to ``X-Forwarded-For``: ``192.0.2.1:4711``, ``[2001:db8::1]:4711``."""
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return address.partition(":")[0] if address.count(":") == 1 else address


def _place() -> str:
    return client_network(request.remote_addr)


def _principal() -> Principal | None:
    found: Principal | None = g.get("principal")
    return found


def _credential() -> str:
    principal = _principal()
    return principal.credential if principal is not None else _place()


def rate_factor(principal: Principal | None) -> int:
    """The multiple of the usual limits that a principal gets."""
    return _CONNECTOR_TIMES if _is_connector(principal) else 1


def _is_connector(principal: Principal | None) -> bool:
    return principal is not None and principal.may(Permission.ACT_AS)


def _text(presented: Presented) -> str:
    return presented.key or presented.bearer or presented.cookie or ""


def _refuse(breach: RequestLimit) -> None:
    raise RateLimited(breach.reset_at - time.time())
