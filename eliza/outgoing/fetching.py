"""Fetching: one document from a URL that a person or a model supplied."""

import logging
import ssl
from dataclasses import dataclass
from functools import cached_property

import gevent
import httpx2
from httpcore2 import URL, ConnectionPool, NetworkError, ProtocolError, Response, TimeoutException

from eliza.outgoing.address_policy import AddressPolicy
from eliza.outgoing.errors import FetchFailed, FetchTimedOut, ForbiddenAddress, TooLarge, shown
from eliza.outgoing.pinned import PinnedBackend, Refused, Resolve
from eliza.outgoing.resolver import Resolver

log = logging.getLogger(__name__)

_LONGEST_URL = 2048
_REDIRECTS = 5
_FREE_PIECES = 1000
_SMALLEST_PIECE = 256
_MOVED = frozenset({301, 302, 303, 307, 308})
_SCHEMES = frozenset({"http", "https"})
_BROKEN = (NetworkError, ProtocolError, OSError, ValueError)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A fetched document. ``url`` is the final one after redirects; ``content_type`` is unverified."""

    url: str
    content_type: str
    content: bytes


class Outgoing:
    """The only way to call an address that somebody else chose.

    It calls public addresses only, and those that the operator allows. Each address is checked when the connection is
    made, again after every redirect, and the connection goes to exactly the checked address. It sends no credentials
    and no cookies, and ignores proxies of the environment, which would resolve names themselves. It is not used for
    language models: their addresses are settings of the operator and may be private.
    """

    def __init__(
        self,
        policy: AddressPolicy | None = None,
        *,
        resolve: Resolve | None = None,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._network = PinnedBackend(policy or AddressPolicy(), resolve or Resolver())
        self._given_trust = trust

    def fetch(self, url: str, *, most_bytes: int, seconds: float, accept: str = "*/*") -> Fetched:
        """Fetch ``url``. ``accept`` is sent as a header; the type of the answer is not checked.

        ``seconds`` is the limit for everything together, name resolution and redirects included. Reading stops at
        ``most_bytes``. A compressed answer is an error, since its real size is unknown. Raises a ``CannotFetch``.
        """
        wanted = _Request(url, most_bytes, seconds, accept)
        with gevent.Timeout(seconds) as deadline:
            try:
                return self._fetched(wanted)
            except gevent.Timeout as late:
                if late is not deadline:
                    raise
                raise FetchTimedOut(url, seconds) from None

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        return self._given_trust or httpx2.create_ssl_context(trust_env=False)

    def _fetched(self, wanted: "_Request") -> Fetched:
        try:
            return self._followed(wanted)
        except Refused:
            raise ForbiddenAddress(wanted.url) from None
        except TimeoutException:
            raise FetchTimedOut(wanted.url, wanted.seconds) from None
        except _BROKEN as error:
            log.info("not fetched", extra={"url": shown(wanted.url), "why": f"{type(error).__name__}: {error}"})
            raise FetchFailed(wanted.url) from None

    def _followed(self, wanted: "_Request") -> Fetched:
        url = _parsed(wanted.url)
        for _ in range(_REDIRECTS + 1):
            found = self._asked(url, wanted)
            if isinstance(found, Fetched):
                return found
            url = found
        raise ValueError("it redirects too often")

    def _asked(self, url: httpx2.URL, wanted: "_Request") -> Fetched | httpx2.URL:
        """Send one request; returns the document, or the URL of a redirect."""
        # Copied part by part: a second parser might find a different host in the same text.
        target = URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        patience = {"timeout": dict.fromkeys(("connect", "read", "write", "pool"), wanted.seconds)}
        with (
            ConnectionPool(ssl_context=self._trust, network_backend=self._network) as pool,
            pool.stream("GET", target, headers=wanted.headers, extensions=patience) as response,
        ):
            if response.status in _MOVED:
                return _joined(url, _required(response, b"location"))
            _require_plain_success(response)
            return Fetched(str(url), _header(response, b"content-type"), _read(response, wanted))


@dataclass(frozen=True, slots=True)
class _Request:
    """The arguments of ``fetch``."""

    url: str
    most_bytes: int
    seconds: float
    accept: str

    @property
    def headers(self) -> dict[str | bytes, str | bytes]:
        return {"Accept": self.accept, "Accept-Encoding": "identity", "User-Agent": "Eliza"}


def _parsed(text: str) -> httpx2.URL:
    """Raises ``Refused`` for a URL that is forbidden whatever it resolves to."""
    try:
        url = httpx2.URL(text)
        host = url.raw_host
    except (httpx2.InvalidURL, ValueError):
        raise Refused from None
    is_odd = not host or url.userinfo or b"%" in host or b"\\" in host
    if len(text) > _LONGEST_URL or url.scheme not in _SCHEMES or is_odd:
        raise Refused
    return url


def _joined(url: httpx2.URL, location: str) -> httpx2.URL:
    """The URL of a redirect. Raises ``Refused``."""
    try:
        return _parsed(str(url.join(location)))
    except httpx2.InvalidURL:
        raise Refused from None


def _require_plain_success(response: Response) -> None:
    if response.status != 200:
        raise ValueError(f"HTTP {response.status}")
    if _header(response, b"content-encoding") not in {"", "identity"}:
        raise ValueError("it comes compressed")


def _read(response: Response, wanted: _Request) -> bytes:
    announced = _header(response, b"content-length")
    if announced.isdecimal() and int(announced) > wanted.most_bytes:
        raise TooLarge(wanted.url, wanted.most_bytes)
    pieces: list[bytes] = []
    size = 0
    for piece in response.iter_stream():
        size += len(piece)
        if size > wanted.most_bytes:
            raise TooLarge(wanted.url, wanted.most_bytes)
        pieces.append(piece)
        # Handling a piece costs us far more than sending it. Honest servers do not send thousands of tiny pieces.
        if len(pieces) > _FREE_PIECES + size // _SMALLEST_PIECE:
            raise ValueError("it comes in crumbs")
    return b"".join(pieces)


def _required(response: Response, name: bytes) -> str:
    value = _header(response, name)
    if not value:
        raise ValueError("it has moved to nowhere")
    return value


def _header(response: Response, name: bytes) -> str:
    values = (value for key, value in response.headers if key.lower() == name)
    return next(values, b"").decode("latin-1").strip()
