"""Routes of sign-in, registration, passwords, and who the caller is."""

from http import HTTPStatus

import orjson
from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from eliza.audit.audit import Audit
from eliza.auth import bodies, logins, wire
from eliza.auth.logins import Logins
from eliza.auth.people import People
from eliza.auth.sign_in import InvalidToken, MissingToken, SignedIn, SignIn
from eliza.events import Bus, CredentialEnded
from eliza.http import api, cookies, envelope, passes
from eliza.http.current import current
from eliza.http.envelope import CodedFailure, Ok, answer, nothing, ok
from eliza.http.gate import COOKIE
from eliza.http.principal import current_principal

bp = Blueprint("auth", __name__, url_prefix="/api/auth")
envelope.speak(bp, envelope.coded)
bp.refusal = CodedFailure  # type: ignore[attr-defined]  # Read by the description.


@bp.get("/how")
@api.returns(Ok[wire.SignInMethodsJson])
def how() -> ResponseReturnValue:
    """How to sign in here, and whether one has to. Public."""
    return ok(wire.sign_in_methods(current(SignIn).methods()))


@bp.post("/register")
@api.returns(Ok[wire.SignedInJson], status=201)
def register(json: bodies.Registration) -> ResponseReturnValue:
    """Public where the server allows registration. The new person is a member."""
    signed_in = current(SignIn).register(json.username, json.email, json.password)
    return _answer_with(signed_in, status=201, with_cookie=json.cookie)


@bp.post("/login")
@api.returns(Ok[wire.SignedInJson])
def log_in(json: bodies.Login) -> ResponseReturnValue:
    """Sign in with a password or an API key. Public."""
    sign_in = current(SignIn)
    signed_in = sign_in.by_key(json.api_key) if json.api_key else sign_in.by_password(json.email, json.password)
    current(Audit).record("login.create", principal=signed_in.principal)
    return _answer_with(signed_in, with_cookie=json.cookie)


@bp.post("/refresh")
@api.returns(Ok[wire.SignedInJson])
def refresh() -> ResponseReturnValue:
    """A new token for the one in the Authorization header."""
    bearer = request.authorization.token if request.authorization else None
    return _answer_with(current(SignIn).renew(bearer))


@bp.post("/password")
@api.returns(Ok[wire.SignedInJson])
def change_password(json: bodies.NewPassword) -> ResponseReturnValue:
    """Change one's own password. All other tokens and logins end; the answer holds a new token."""
    signed_in = current(SignIn).change_password(current_principal(), json.password, json.new_password)
    return _answer_with(signed_in, with_cookie=COOKIE in request.cookies)


@bp.post("/logout")
@api.returns(status=204)
def log_out() -> ResponseReturnValue:
    """End the login of the browser's cookie, if there is one, and the sockets it has opened."""
    cookie = request.cookies.get(COOKIE, "")
    current(Logins).end(cookie)
    current(Bus).publish(CredentialEnded(logins.name_of(cookie)))
    response = nothing()
    cookies.delete_cookie(response, COOKIE, path="/")
    passes.delete(response)
    return response


@bp.get("/me")
@api.returns(Ok[wire.MeJson])
def me() -> ResponseReturnValue:
    """Who the caller is to the server, and their permissions."""
    principal = current_principal()
    return ok(wire.me(principal, current(People).behind(principal)))


@bp.after_request
def _in_words_of_elizaos(response: Response) -> Response:
    """Give the refusals of the gate the codes that elizaOS's clients know at these routes."""
    if response.status_code != HTTPStatus.UNAUTHORIZED or "error" not in (refusal := orjson.loads(response.data)):
        return response
    if isinstance(refusal["error"], dict):
        return response
    failure = MissingToken() if refusal["code"] == "API_KEY_REQUIRED" else InvalidToken(refusal["message"])
    response.data = orjson.dumps(envelope.coded(failure))
    return response


def _answer_with(signed_in: SignedIn, *, status: int = 200, with_cookie: bool = False) -> Response:
    response = answer({"success": True, "data": wire.signed_in(signed_in)}, status, wire.NOT_KEPT)
    if with_cookie:
        cookies.set_cookie(response, COOKIE, current(Logins).begin(signed_in.login), path="/", lifetime=logins.LIFETIME)
    return response
