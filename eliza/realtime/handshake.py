"""Handshake: authenticates a socket, with the same credentials as the REST API."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import Any
from uuid import UUID

from socketio.exceptions import ConnectionRefusedError as Refused

from eliza.access.authenticator import Authenticator, CredentialRefused, CredentialRequired, Presented, bearer_of
from eliza.access.principal import NotYourself, Principal
from eliza.access.roles import Role
from eliza.auth import logins
from eliza.http.gate import COOKIE
from eliza.http.limits import RateLimited, RateLimits
from eliza.http.origins import ForeignHost, Names
from eliza.http.same_site import SameSite
from eliza.ids import is_uuid

SOCKET_KEY = Principal(Role.OPERATOR, "the sockets' key", "socket-token")
"""The caller with elizaOS's ``SERVER_API_KEY``, which opens sockets and nothing else."""

_NO_KEY = "Invalid or missing API Key"
_NO_ENTITY = "Valid entityId required"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who a socket speaks for, and their principal."""

    principal: Principal
    entity_id: UUID
    cookie: str | None = field(default=None, repr=False)
    """Of the login that opened it, if one did: it ends with that."""

    @property
    def credentials(self) -> frozenset[str]:
        """With each of these it ends, by the name that is told."""
        own = {self.principal.credential}
        return frozenset(own if self.cookie is None else own | {logins.name_of(self.cookie)})


class Handshake:
    def __init__(
        self, authenticator: Authenticator, socket_key: str | None, rates: RateLimits, names: Names, same_site: SameSite
    ) -> None:
        self._authenticator = authenticator
        self._names = names
        self._same_site = same_site
        self._rates = rates
        self._socket_key = None if socket_key is None else socket_key.encode()

    def meet(self, environ: Mapping[str, Any], auth: object) -> Visitor:
        """Raises Socket.IO's refusal with the reason that the client shows."""
        given = auth if isinstance(auth, Mapping) else {}
        try:
            self._require_known_name(environ)
            presented = self._presented(given, environ)
            principal = self._rates.admit(presented, environ.get("REMOTE_ADDR"), self._admitted)
        except (CredentialRequired, CredentialRefused):
            raise Refused(_NO_KEY) from None
        except (RateLimited, ForeignHost) as failure:
            raise Refused(failure.message) from None
        cookie = None if presented.key or presented.bearer else presented.cookie
        return Visitor(principal, _entity(principal, given.get("entityId")), cookie)

    def still_stands(self, principal: Principal, cookie: str | None = None) -> bool:
        """False once the credential is revoked, has expired or belongs to somebody else, or the login has ended."""
        if principal == SOCKET_KEY:
            return True
        try:
            if cookie is not None:
                self._authenticator.admit(Presented(cookie=cookie))
            return self._authenticator.recall(principal.credential).role == principal.role
        except CredentialRefused:
            return False

    def _presented(self, auth: Mapping[str, Any], environ: Mapping[str, Any]) -> Presented:
        return Presented(
            key=_text(auth.get("apiKey")) or environ.get("HTTP_X_API_KEY") or None,
            bearer=_text(auth.get("token")) or bearer_of(str(environ.get("HTTP_AUTHORIZATION", ""))),
            cookie=_cookie(str(environ.get("HTTP_COOKIE", ""))) if self._is_own_page(environ) else None,
        )

    def _is_own_page(self, environ: Mapping[str, Any]) -> bool:
        """With ``CORS_ORIGIN=*`` the transport accepts every page; a login cookie counts only for listed origins."""
        origin = environ.get("HTTP_ORIGIN")
        own = f"{environ.get('wsgi.url_scheme')}://{environ.get('HTTP_HOST', '')}"
        return origin is None or self._same_site.allows(str(origin), own)

    def _require_known_name(self, environ: Mapping[str, Any]) -> None:
        """Refuse DNS rebinding: such a page has a matching origin, but a foreign host name."""
        if self._authenticator.is_open:
            self._names.require(str(environ.get("HTTP_HOST", "")))

    def _admitted(self, presented: Presented) -> Principal:
        if self._socket_key is not None:
            given = presented.key or presented.bearer or ""
            if hmac.compare_digest(given.encode(errors="surrogatepass"), self._socket_key):
                return SOCKET_KEY
            if (
                self._authenticator.is_open
            ):  # Then ``SERVER_API_KEY`` is the only credential, and it protects sockets only.
                raise CredentialRequired
        return self._authenticator.admit(presented)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _cookie(header: str) -> str | None:
    try:
        found = SimpleCookie(header).get(COOKIE)
    except CookieError:
        return None
    return found.value if found else None


def _entity(principal: Principal, given: object) -> UUID:
    if given is not None and not (isinstance(given, str) and is_uuid(given)):
        raise Refused(_NO_ENTITY)
    try:
        entity = principal.speak_as(None if given is None else UUID(str(given)), "entityId")
    except NotYourself as failure:
        raise Refused(failure.message) from None
    if entity is None:
        raise Refused(_NO_ENTITY)
    return entity
