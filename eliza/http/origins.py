"""Origins: which pages and which names of this machine a server without a key listens to.

Whoever can reach such a server may use it, and every page in the user's browser can reach it: by sending a form, or
by a domain that is pointed at 127.0.0.1 once the page is loaded. A key that must be sent makes both harmless.
"""

from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import Flask, request

from eliza.access.authenticator import Authenticator
from eliza.config import Settings
from eliza.errors import ElizaError
from eliza.http.guarded import needs_key
from eliza.http.proxies import refuse_while_open

_UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


class ForeignOrigin(ElizaError):
    status = 403
    code = "FOREIGN_ORIGIN"

    def __init__(self, origin: str) -> None:
        super().__init__(f"Pages of {origin} may not change anything here; to allow them, add it to CORS_ORIGIN")


class ForeignHost(ElizaError):
    status = 421
    code = "FOREIGN_HOST"

    def __init__(self, host: str) -> None:
        super().__init__(
            f"{host} is not a name of this machine; set ELIZA_SERVER_AUTH_TOKEN, or add its origin to CORS_ORIGIN"
        )


class Names:
    """The names by which this machine may be called while nobody needs a credential."""

    def __init__(self, settings: Settings) -> None:
        self._is_any = "*" in settings.cors_origins or not settings.is_local
        self._allowed = frozenset(_host(address_of(plain(origin))) for origin in settings.cors_origins)

    def require(self, host: str) -> None:
        """Raises ``ForeignHost``. ``host`` is the header; without one there is nothing to object to."""
        name = _host(host.lower())
        if host and not (self._is_any or name in self._allowed or _is_this_machine(name)):
            raise ForeignHost(host)


def listen_to_known(app: Flask, settings: Settings, authenticator: Authenticator) -> None:
    """Refuse foreign pages and foreign names while nobody needs a credential, unless every page was allowed.

    What came through a proxy is refused meanwhile in any case.
    """
    refuse_while_open(app, authenticator)
    if "*" in settings.cors_origins:
        return
    origins = frozenset(plain(origin) for origin in settings.cors_origins)
    names = Names(settings)

    def require_known() -> None:
        host = request.environ.get("HTTP_HOST", "").lower()
        names.require(host)
        origin = request.headers.get("Origin")
        if origin is None or request.method not in _UNSAFE or not needs_key(request.path):
            return
        if plain(origin) not in origins and address_of(plain(origin)) != host:
            raise ForeignOrigin(origin)

    def check() -> None:
        try:
            require_known()
        except (ForeignHost, ForeignOrigin):
            if authenticator.is_open:  # Checked last, because it may query the database.
                raise

    app.before_request(check)


def plain(origin: str) -> str:
    """An origin as browsers write it: in small letters, without the port that everybody expects."""
    text = origin.strip().lower().rstrip("/")
    return text.removesuffix(_DEFAULT_PORTS.get(text.partition("://")[0], ":"))


def address_of(origin: str) -> str:
    return origin.partition("://")[2]


def _host(address: str) -> str:
    """The name or number in ``host:port``; empty when there is none."""
    try:
        return urlsplit(f"//{address}").hostname or ""
    except ValueError:
        return ""


def _is_this_machine(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
