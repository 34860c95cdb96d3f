"""Security: who may call the API, and the security headers of answers."""

from collections.abc import Callable, Mapping

from flask import Flask, Response, request
from flask_cors import CORS
from flask_talisman import Talisman

from eliza.http.gate import Gate
from eliza.http.origins import listen_to_known

_A_YEAR = 31_536_000
_TOLD_TO_PAGES = [
    *("ETag", "Idempotency-Replayed", "Retry-After", "X-Next-Cursor", "X-Total-Count"),
    *("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"),
]

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


def guard(app: Flask, gate: Gate) -> None:
    """Protect the API with the gate, the checks of origins and CORS, and set the security headers."""
    settings = gate.settings
    listen_to_known(app, settings, gate.authenticator)
    gate.install(app)
    app.after_request(_with_transport_security)
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
            expose_headers=_TOLD_TO_PAGES,
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


def _with_transport_security(response: Response) -> Response:
    """Send HSTS over TLS. Not left to Talisman, which would trust a header that anybody can send."""
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = f"max-age={_A_YEAR}; includeSubDomains"
    return response
