"""Answers: what Engine.IO says over plain HTTP."""

import gzip
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

Headers = list[tuple[str, str]]

_SECURITY: Headers = [
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Referrer-Policy", "no-referrer"),
    ("Cache-Control", "no-store"),
]
_ONLY_OVER_TLS: Headers = [("Strict-Transport-Security", "max-age=31536000; includeSubDomains")]
_REASONS = {
    200: "OK",
    204: "No Content",
    400: "Bad Request",
    403: "Forbidden",
    429: "Too Many Requests",
    503: "Service Unavailable",
}
_COMPRESS_FROM = 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer; its words are ours alone, so nothing a client sent comes back in it."""

    status: int
    body: bytes = b""
    content_type: str = "text/plain; charset=UTF-8"
    headers: Headers = field(default_factory=list)

    def send(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        body, encoding = _compressed(self.body, environ)
        about = [("Content-Type", self.content_type), ("Content-Length", str(len(body)))] if self.status != 204 else []
        security = [*_SECURITY, *(_ONLY_OVER_TLS if environ.get("wsgi.url_scheme") == "https" else ())]
        start_response(f"{self.status} {_REASONS[self.status]}", [*about, *encoding, *security, *self.headers])
        return [body]


def ok(body: str = "ok") -> Answer:
    return Answer(200, body.encode())


def _refusal(status: int, code: int, message: str) -> Answer:
    body = json.dumps({"code": code, "message": message}).encode()
    return Answer(status, body, "application/json")


UNKNOWN_TRANSPORT = _refusal(400, 0, "Transport unknown")
UNKNOWN_SESSION = _refusal(400, 1, "Session ID unknown")
BAD_METHOD = _refusal(400, 2, "Bad handshake method")
BAD_REQUEST = _refusal(400, 3, "Bad request")
FORBIDDEN = _refusal(403, 4, "Forbidden")
UNSUPPORTED_VERSION = _refusal(400, 5, "Unsupported protocol version")
CLOSING = _refusal(503, 3, "The server is shutting down")


def too_many(seconds: int) -> Answer:
    """For an address that has all the connections it may have, or knocks without end."""
    refusal = _refusal(429, 3, "Too many connections from this address")
    return Answer(refusal.status, refusal.body, refusal.content_type, [("Retry-After", str(seconds))])


def _compressed(body: bytes, environ: "WSGIEnvironment") -> tuple[bytes, Sequence[tuple[str, str]]]:
    accepted = {word.split(";")[0].strip() for word in environ.get("HTTP_ACCEPT_ENCODING", "").split(",")}
    if len(body) < _COMPRESS_FROM or "gzip" not in accepted:
        return body, ()
    return gzip.compress(body, compresslevel=1), (("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding"))
