"""Routes by which people become known, and learn who the server takes them for."""

from http import HTTPStatus

import orjson
from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from eliza.auth import bodies, logins, wire
from eliza.auth.entrance import Entered, Entrance, InvalidToken, MissingToken
from eliza.auth.logins import Logins
from eliza.auth.people import People
from eliza.events import Bus, CredentialEnded
from eliza.http import api, cookies, envelope, passes
from eliza.http.current import current
from eliza.http.envelope import CodedFailure, Ok, answer, nothing, ok
from eliza.http.gate import COOKIE
from eliza.http.principal import who

bp = Blueprint("auth", __name__, url_prefix="/api/auth")
envelope.speak(bp, envelope.coded)
bp.refusal = CodedFailure  # type: ignore[attr-defined]  # Read by the description.


@bp.get("/how")
@api.returns(Ok[wire.WaysJson])
def how() -> ResponseReturnValue:
    """How to become known here, and whether one has to. For everybody."""
    return ok(wire.ways(current(Entrance).ways()))


@bp.post("/register")
@api.returns(Ok[wire.EnteredJson], status=201)
def register(json: bodies.Registration) -> ResponseReturnValue:
    """For everybody, where the server is set up so; whoever registers is a member."""
    entered = current(Entrance).register(json.username, json.email, json.password)
    return _welcome(entered, status=201, with_cookie=json.cookie)


@bp.post("/login")
@api.returns(Ok[wire.EnteredJson])
def log_in(json: bodies.SignIn) -> ResponseReturnValue:
    """For everybody who can prove who they are."""
    entrance = current(Entrance)
    entered = entrance.by_key(json.api_key) if json.api_key else entrance.by_password(json.email, json.password)
    return _welcome(entered, with_cookie=json.cookie)


@bp.post("/refresh")
@api.returns(Ok[wire.EnteredJson])
def refresh() -> ResponseReturnValue:
    """A new token for the one that is brought."""
    bearer = request.authorization.token if request.authorization else None
    return _welcome(current(Entrance).renew(bearer))


@bp.post("/password")
@api.returns(Ok[wire.EnteredJson])
def change_password(json: bodies.NewPassword) -> ResponseReturnValue:
    """Another password for oneself. All else that one was signed in with is over; the answer counts from now on."""
    entered = current(Entrance).change_password(who(), json.password, json.new_password)
    return _welcome(entered, with_cookie=COOKIE in request.cookies)


@bp.post("/logout")
@api.returns(status=204)
def log_out() -> ResponseReturnValue:
    """The login that the browser's cookie stands for is over, if there is one, and so are the sockets it has opened."""
    cookie = request.cookies.get(COOKIE, "")
    current(Logins).end(cookie)
    current(Bus).publish(CredentialEnded(logins.name_of(cookie)))
    response = nothing()
    cookies.take_back(response, COOKIE, path="/")
    passes.take_back(response)
    return response


@bp.get("/me")
@api.returns(Ok[wire.MeJson])
def me() -> ResponseReturnValue:
    """Who the server takes the caller for, and what they may do."""
    principal = who()
    return ok(wire.me(principal, current(People).behind(principal)))


@bp.after_request
def _in_words_of_elizaos(response: Response) -> Response:
    """The gate's refusals, by the names that elizaOS's clients know at these routes."""
    if response.status_code != HTTPStatus.UNAUTHORIZED or "error" not in (refusal := orjson.loads(response.data)):
        return response
    if isinstance(refusal["error"], dict):
        return response
    failure = MissingToken() if refusal["code"] == "API_KEY_REQUIRED" else InvalidToken(refusal["message"])
    response.data = orjson.dumps(envelope.coded(failure))
    return response


def _welcome(entered: Entered, *, status: int = 200, with_cookie: bool = False) -> Response:
    response = answer({"success": True, "data": wire.entered(entered)}, status, wire.NOT_KEPT)
    if with_cookie:
        cookies.keep(response, COOKIE, current(Logins).begin(entered.login), path="/", lifetime=logins.LIFETIME)
    return response
