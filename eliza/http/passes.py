"""Passes: what lets a page show pictures that a key guards. An ``<img>`` sends no header, but it sends cookies.

Whoever has brought the key is handed a cookie that opens ``/media`` for reading and nothing else, to the server's own
pages only. The key cannot be told from it, and with another key it is worth nothing.
"""

import hmac

from flask import Response, request

_NAME = "eliza_media"
_PATH = "/media"


def admits(key: str | None) -> bool:
    """True for a request that wants to read media and brings the pass that belongs to ``key``."""
    if key is None or request.method not in {"GET", "HEAD"} or not request.path.startswith(f"{_PATH}/"):
        return False
    return hmac.compare_digest(request.cookies.get(_NAME, "").encode(), _pass(key).encode())


def hand_out(key: str, response: Response) -> Response:
    """Give the pass along with an answer to somebody who brought the key."""
    response.set_cookie(_NAME, _pass(key), path=_PATH, secure=request.is_secure, httponly=True, samesite="Strict")
    return response


def _pass(key: str) -> str:
    return hmac.new(key.encode(), b"reads media", "sha256").hexdigest()
