"""Origins: which web pages may talk to the sockets."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_HEADER_NAMES = re.compile(r"[A-Za-z0-9\-_, ]{1,500}")


class Origins:
    """A page from our own host may always; others when they are listed, all of them when the list has ``*``.

    What a proxy claims in ``X-Forwarded-*`` counts only if the application took it over into the environment.
    """

    def __init__(self, allowed: Sequence[str] | None) -> None:
        self._allowed = frozenset(origin.rstrip("/").lower() for origin in allowed or ())

    def allow(self, environ: "WSGIEnvironment") -> bool:
        """True also for a client that is no web page and sends no origin."""
        origin = environ.get("HTTP_ORIGIN")
        return origin is None or self._is_own(origin, environ) or self._is_listed(origin)

    def headers(self, environ: "WSGIEnvironment") -> list[tuple[str, str]]:
        """What a browser wants to read before it hands our answer to a page from elsewhere."""
        origin = environ.get("HTTP_ORIGIN")
        if origin is None or not self._is_listed(origin):
            return [("Vary", "Origin")]
        return [("Vary", "Origin"), *self._permission(origin), *_preflight(environ)]

    def _permission(self, origin: str) -> list[tuple[str, str]]:
        """Only a page that is listed by its name may come with cookies."""
        if origin.lower() not in self._allowed:
            return [("Access-Control-Allow-Origin", "*")]
        return [("Access-Control-Allow-Origin", origin), ("Access-Control-Allow-Credentials", "true")]

    def _is_listed(self, origin: str) -> bool:
        return "*" in self._allowed or origin.lower() in self._allowed

    def _is_own(self, origin: str, environ: "WSGIEnvironment") -> bool:
        host = environ.get("HTTP_HOST", "").lower()
        try:
            parts = urlsplit(origin.lower())
        except ValueError:
            return False
        return bool(host) and parts.scheme in ("http", "https") and parts.netloc == host


def _preflight(environ: "WSGIEnvironment") -> list[tuple[str, str]]:
    if environ["REQUEST_METHOD"] != "OPTIONS":
        return []
    headers = [("Access-Control-Allow-Methods", "GET, POST, OPTIONS"), ("Access-Control-Max-Age", "600")]
    asked = environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "")
    if _HEADER_NAMES.fullmatch(asked):
        headers.append(("Access-Control-Allow-Headers", asked))
    return headers
