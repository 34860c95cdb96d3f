"""Gate: checks every request before its view: who is calling, are they allowed to, may they access the ids named."""

import time
from dataclasses import dataclass, replace
from functools import partial
from uuid import UUID

from flask import Flask, Response, current_app, g, request
from typing_extensions import TypedDict

from eliza.access import plugin_routes, rules
from eliza.access.authenticator import Authenticator, CredentialRefused, CredentialRequired, Presented, bearer_of
from eliza.access.principal import LOOPBACK, Principal
from eliza.access.roles import Permission, Role
from eliza.config import Settings
from eliza.http.envelope import answer
from eliza.http.guarded import needs_key
from eliza.http.limits import RateLimits
from eliza.http.passes import Passes
from eliza.http.path_guards import PathGuards
from eliza.http.same_site import SameSite
from eliza.ids import is_uuid

COOKIE = "eliza_login"
"""The name of the login cookie, used by the server's own pages."""

_OF_A_PASS = frozenset({Permission.FILES_READ, Permission.CONVERSATIONS_ANY})
"""The permissions of a pass. The second only has an effect for those whose role includes it."""

_NEVER_ACTING = frozenset({"auth", "keys"})
"""Blueprints where a key always acts as itself: a key with ``act-as`` must not manage the keys of others."""

_RECHECK_AFTER_SECONDS = 0.1
"""Requests whose body arrives within this time are not checked a second time."""

_UNLISTED = Permission.SERVER_OPERATE
"""The permission for routes that are not in the table, such as those added by an embedding program."""


class KeyRequired(TypedDict):
    """The answer to every request that is not authenticated."""

    error: str
    message: str
    code: str


@dataclass(frozen=True, slots=True)
class Gate:
    """Authenticates and authorizes every request of an application, as ``eliza.access.rules`` defines."""

    settings: Settings
    authenticator: Authenticator
    limits: RateLimits
    path_guards: PathGuards
    passes: Passes
    same_site: SameSite

    def install(self, app: Flask) -> None:
        app.before_request(self._check)
        app.after_request(self._with_pass)
        app.after_request(_kept_by_no_cache)

    def _check(self) -> Response | None:
        view = rules.view_of(request.endpoint or "")
        if request.method == "OPTIONS" or not needs_key(request.path):
            return None
        if view in rules.PUBLIC:
            self._shield_login()
            return None
        try:
            g.principal = principal = _acting(self._identify(_presented()), view)
        except CredentialRequired as failure:
            return _refused("API key required", failure)
        except CredentialRefused as failure:
            return _refused("Credential refused", failure)
        g.recheck = partial(self._recheck, principal, time.monotonic())
        self.limits.after_credentials(principal)
        if request.endpoint is not None:
            _require(principal, view)
            self.path_guards.require(principal, request.view_args or {})
        return None

    def _shield_login(self) -> None:
        """What asks for no credential may begin and end a login; no other page does that to somebody."""
        if COOKIE in request.cookies:
            self.same_site.require()

    def _identify(self, presented: Presented) -> Principal:
        if not presented and (credential := self.passes.credential()):
            return _for_files(self.authenticator.recall(credential))
        principal = self.limits.admit(presented, request.remote_addr, self.authenticator.admit)
        if presented.cookie and not (presented.key or presented.bearer):
            self.same_site.require()
        return principal

    def _recheck(self, principal: Principal, admitted_at: float) -> None:
        """Raises ``CredentialRefused`` if the credential was revoked while a slow request body arrived."""
        if time.monotonic() - admitted_at < _RECHECK_AFTER_SECONDS:
            return
        if self.authenticator.recall(principal.credential).role != principal.role:
            raise CredentialRefused("no longer allows what it did")

    def _with_pass(self, response: Response) -> Response:
        """Give an authenticated caller the cookie that lets their browser load media files."""
        principal: Principal | None = g.get("principal")
        if principal is None or principal == LOOPBACK or not request.path.startswith("/api/"):
            return response
        return self.passes.hand_out(principal.credential, response)


def _kept_by_no_cache(response: Response) -> Response:
    """What is behind the key is for whoever has asked, unless an answer itself says more of caches."""
    if needs_key(request.path):
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def _presented() -> Presented:
    return Presented(
        key=request.headers.get("X-API-KEY") or None,
        bearer=bearer_of(request.headers.get("Authorization", "")),
        cookie=request.cookies.get(COOKIE) or None,
    )


def _for_files(principal: Principal) -> Principal:
    """The principal of a pass: the same files as with their credential, and nothing else."""
    scopes = _OF_A_PASS if principal.scopes is None else principal.scopes & _OF_A_PASS
    return replace(principal, scopes=scopes)


def _acting(principal: Principal, view: str) -> Principal:
    """A key with ``act-as`` accesses, for one request, what the entity in its ``X-Entity-Id`` header may access."""
    entity = request.headers.get("X-Entity-Id", "")
    if principal.scopes is None or not principal.may(Permission.ACT_AS) or not is_uuid(entity):
        return principal
    if view.partition(".")[0] in _NEVER_ACTING:
        return principal
    return replace(principal, entity_id=UUID(entity))


def _require(principal: Principal, view: str) -> None:
    """Raises ``NotAllowed``."""
    if view in rules.ANY_CREDENTIAL:
        return
    if view.startswith("extensions."):
        plugin_routes.require(principal, _least_role(request.endpoint))
        return
    permission = rules.ROUTES.get(view, _UNLISTED)
    principal.require(permission)
    if permission in rules.CROSS_CONVERSATION:
        principal.require(Permission.CONVERSATIONS_ANY)


def _least_role(endpoint: str | None) -> Role:
    """The lowest role that may call a plugin's route; see ``eliza.extensions.endpoint``."""
    least: Role = getattr(current_app.view_functions.get(endpoint or ""), "least_role", Role.OPERATOR)
    return least


def _refused(error: str, failure: CredentialRequired | CredentialRefused) -> Response:
    shape: KeyRequired = {"error": error, "message": failure.message, "code": failure.code}
    return answer(shape, failure.status, {"WWW-Authenticate": "Bearer"})
