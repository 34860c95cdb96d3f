"""Proxies: how many reverse proxies stand in front of the server, and whether their headers are trusted.

Anybody can send such headers. They are trusted for as many proxies as the operator configures, by default for none. A
request that came through a proxy counts as remote even if the proxy runs on this machine, so a server without
credentials, which admits local callers only, refuses it.
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
"""Headers that only a proxy sets."""
_CAME_THROUGH_ONE = "eliza.came_through_a_proxy"
_SOCKETS = "/socket.io/"


class OpenBehindProxy(ElizaError):
    """Local callers need no credential, and a request through a proxy cannot be shown to be local."""

    status = 403
    code = "OPEN_BEHIND_PROXY"

    def __init__(self) -> None:
        super().__init__(
            "This request came through a proxy, but the server has no credentials and so accepts local requests only. "
            "Run `flask keys create <name>` on the server, or set ELIZA_SERVER_AUTH_TOKEN"
        )


def refuse_while_open(app: Flask, authenticator: Authenticator) -> None:
    """While the server has no credentials, refuse every request that came through a proxy."""

    def check() -> None:
        if request.environ.get(_CAME_THROUGH_ONE) and authenticator.is_open:
            raise OpenBehindProxy

    app.before_request(check)


def trust_proxies(app: Flask, hops: int, authenticator: Authenticator) -> None:
    """Trust the headers of the last ``hops`` proxies. Call it last, so that it wraps all other middleware.

    Socket connections bypass the Flask application, so they are refused here while the server has no credentials.
    """
    behind: WSGIApplication = app.wsgi_app
    if hops:
        behind = ProxyFix(behind, x_for=hops, x_proto=hops, x_host=hops)
    app.wsgi_app = _ProxyMiddleware(behind, authenticator, believes=hops > 0)  # type: ignore[method-assign]  # As Flask documents.


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
                # Removed, so that nothing behind this trusts them.
                for claim in _CLAIMS:
                    environ.pop(claim, None)
        return self._behind(environ, start_response)


def _refuse(failure: OpenBehindProxy, start_response: "StartResponse") -> Iterable[bytes]:
    body = orjson.dumps(numbered(failure))
    headers = [
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("X-Content-Type-Options", "nosniff"),
        ("Connection", "close"),  # The rest of the request is not read.
    ]
    start_response(f"{failure.status} Forbidden", headers)
    return [body]
