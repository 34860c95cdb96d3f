"""Security: who may enter, and the headers that keep a browser safe."""

import hmac
from collections.abc import Callable, Mapping

from flask import Flask, Response, request
from flask_cors import CORS
from flask_talisman import Talisman
from typing_extensions import TypedDict
from werkzeug.datastructures import Headers

from eliza.config import Settings
from eliza.http import passes
from eliza.http.envelope import answer
from eliza.http.guarded import needs_key
from eliza.http.origins import listen_to_known

CONTENT_POLICY = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "media-src": "'self' blob:",
    "connect-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}


class KeyRequired(TypedDict):
    """What whoever lacks the key is told, wherever it knocks."""

    error: str
    message: str
    code: str


def guard(app: Flask, settings: Settings) -> None:
    """Close the API to whoever lacks the key and to foreign pages, open it to those allowed, and set the headers."""
    listen_to_known(app, settings)
    app.before_request(_gate(settings))
    app.after_request(_with_pass(settings))
    Talisman(
        app,
        force_https=False,
        strict_transport_security=False,
        frame_options="DENY",
        referrer_policy="no-referrer",
        content_security_policy=CONTENT_POLICY,
        content_security_policy_nonce_in=["script-src"],
        session_cookie_secure=False,
    )
    if settings.cors_origins:
        CORS(
            app,
            origins=list(settings.cors_origins),
            supports_credentials="*" not in settings.cors_origins,
            allow_headers=[
                "Content-Type",
                "Authorization",
                "X-API-KEY",
                "X-Entity-Id",
                "Idempotency-Key",
                "If-None-Match",
            ],
            expose_headers=["ETag", "Idempotency-Replayed", "Retry-After", "X-Next-Cursor", "X-Total-Count"],
            methods=["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"],
        )


def let_load(view: Callable[..., object], policy: Mapping[str, str]) -> None:
    """Let what ``view`` answers with load and run what ``policy`` says, instead of ``CONTENT_POLICY``."""
    _options(view)["content_security_policy"] = dict(policy)


def let_frame(view: Callable[..., object]) -> None:
    """Let the server's own pages show what ``view`` answers with inside of themselves."""
    let_load(view, {**CONTENT_POLICY, "frame-ancestors": "'self'"})
    _options(view)["frame_options"] = "SAMEORIGIN"


def _options(view: Callable[..., object]) -> dict[str, object]:
    """Where Talisman looks for what is different about a view."""
    options: dict[str, object] = vars(view).setdefault("talisman_view_options", {})
    return options


def holds_key(settings: Settings, given: str | None) -> bool:
    """True when no key is set, or this is it. Takes as long for a wrong key as for a nearly right one."""
    if settings.auth_token is None:
        return True
    return given is not None and hmac.compare_digest(given.encode(), settings.auth_token.encode())


def key_of(headers: Headers) -> str | None:
    """The key a request brings, in elizaOS's own header or as a bearer token."""
    scheme, _, token = headers.get("Authorization", "").partition(" ")
    return headers.get("X-API-KEY") or (token.strip() if scheme.lower() == "bearer" else None)


def _gate(settings: Settings):  # type: ignore[no-untyped-def]  # Flask's own callback type says more than we could.
    def let_in() -> Response | None:
        if request.method == "OPTIONS" or not needs_key(request.path):
            return None
        if holds_key(settings, key_of(request.headers)) or passes.admits(settings.auth_token):
            return None
        message = "Send the server's key in the X-API-KEY header"
        refusal: KeyRequired = {"error": "API key required", "message": message, "code": "API_KEY_REQUIRED"}
        return answer(refusal, 401)

    return let_in


def _with_pass(settings: Settings):  # type: ignore[no-untyped-def]  # The same.
    def hand_out(response: Response) -> Response:
        key = settings.auth_token
        if key is None or not request.path.startswith("/api/") or not holds_key(settings, key_of(request.headers)):
            return response
        return passes.hand_out(key, response)

    return hand_out
