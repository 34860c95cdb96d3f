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
    """What came. ``url`` is where it came from in the end; ``content_type`` is its server's word, no more."""

    url: str
    content_type: str
    content: bytes


class Outgoing:
    """The one way to call an address that somebody else chose.

    It calls public addresses only, and those that the operator opened; it looks at each where it connects, after
    every redirect anew, and connects to what it looked at. It sends no credentials and no cookies, and heeds no proxy
    of the environment, which would resolve names in its own way. Servers of language models are no matter for it: their
    addresses are the operator's settings and may well lie inside.
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
        """What lies at ``url``, as it was sent. ``accept`` is asked for and not checked.

        ``seconds`` is for everything, names, redirects and slow servers included; nothing beyond ``most_bytes`` is
        read. What comes compressed counts as failed, since nobody knows how large it is. Raises a ``CannotFetch``.
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
        """One answer: the document, or where else to look for it."""
        # Taken over part by part: another parser might read another host out of the same text.
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
    """What a caller of ``fetch`` wants."""

    url: str
    most_bytes: int
    seconds: float
    accept: str

    @property
    def headers(self) -> dict[str | bytes, str | bytes]:
        return {"Accept": self.accept, "Accept-Encoding": "identity", "User-Agent": "Eliza"}


def _parsed(text: str) -> httpx2.URL:
    """Raises ``Refused`` for what needs no look at any network."""
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
    """Where a redirect leads. Raises ``Refused``."""
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
        # To take a piece apart costs much more than to send it; nobody honest sends thousands of a few bytes.
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
