"""Proxies: what stands in front of the server, and for whom it says that it asks.

Anybody can send such headers. They are believed only of as many proxies as the operator says stand in front, and of
none by default. Whatever comes through a proxy comes from elsewhere, even if the proxy runs on this machine: so a
server that lets in whoever comes from this machine lets in nobody who comes that way.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import orjson
from flask import Flask, request
from werkzeug.middleware.proxy_fix import ProxyFix

from eliza.access.authenticator import Authenticator
from eliza.errors import ElizaError
from eliza.http.envelope import numbered

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_CLAIMS = (
    *("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_PORT"),
    *("HTTP_X_FORWARDED_PREFIX", "HTTP_X_FORWARDED_SSL", "HTTP_X_FORWARDED_SERVER", "HTTP_X_FORWARDED_PROTOCOL"),
    *("HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA"),
)
"""What tells of a proxy."""
_CAME_THROUGH_ONE = "eliza.came_through_a_proxy"
_SOCKETS = "/socket.io/"


class OpenBehindProxy(ElizaError):
    """Whoever may come is let in because they come from this machine, and nobody can know that of this request."""

    status = 403
    code = "OPEN_BEHIND_PROXY"

    def __init__(self) -> None:
        super().__init__(
            "This came through a proxy, and the server asks nobody for a key, so it listens to its own machine only. "
            "Run `flask keys create <name>` beside the server, or set ELIZA_SERVER_AUTH_TOKEN"
        )


def refuse_while_open(app: Flask, authenticator: Authenticator) -> None:
    """While nobody needs a credential, answer nothing that came through a proxy."""

    def check() -> None:
        if request.environ.get(_CAME_THROUGH_ONE) and authenticator.is_open:
            raise OpenBehindProxy

    app.before_request(check)


def trust_proxies(app: Flask, hops: int, authenticator: Authenticator) -> None:
    """Believe the last ``hops`` proxies and nobody else; to be said last, so that it comes before everything.

    Sockets, which are no business of the application, are refused here while the server is open.
    """
    behind: WSGIApplication = app.wsgi_app
    if hops:
        behind = ProxyFix(behind, x_for=hops, x_proto=hops, x_host=hops)
    app.wsgi_app = _ProxyMiddleware(behind, authenticator, believes=hops > 0)  # type: ignore[method-assign]  # Flask's own way.


class _ProxyMiddleware:
    def __init__(self, behind: "WSGIApplication", authenticator: Authenticator, *, believes: bool) -> None:
        self._behind = behind
        self._authenticator = authenticator
        self._believes = believes

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if any(claim in environ for claim in _CLAIMS):
            environ[_CAME_THROUGH_ONE] = True
            if environ.get("PATH_INFO", "").startswith(_SOCKETS) and self._authenticator.is_open:
                return _refuse(OpenBehindProxy(), start_response)
            if not self._believes:
                # Gone, so that nothing behind this can be made to believe it.
                for claim in _CLAIMS:
                    environ.pop(claim, None)
        return self._behind(environ, start_response)


def _refuse(failure: OpenBehindProxy, start_response: "StartResponse") -> Iterable[bytes]:
    body = orjson.dumps(numbered(failure))
    headers = [
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("X-Content-Type-Options", "nosniff"),
        ("Connection", "close"),  # What is left of the request is not read.
    ]
    start_response(f"{failure.status} Forbidden", headers)
    return [body]
