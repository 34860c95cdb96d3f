"""Passes: what lets a page show pictures that a key guards. An ``<img>`` sends no header, but it sends cookies.

Whoever has brought a credential is handed a cookie that opens ``/media`` for reading and nothing else, to the server's
own pages only. No credential can be told from it, and it ends with the one it stands for.
"""

from datetime import timedelta

from flask import Response, request
from itsdangerous import BadSignature, TimestampSigner

from eliza.http import cookies

_NAME = "eliza_media"
_PATH = "/media"
_LIFETIME = timedelta(days=7)
_RENEWED_EVERY = timedelta(days=1)


class Passes:
    """Signs with ``secret``; with another one they are worth nothing."""

    def __init__(self, secret: bytes) -> None:
        self._signer = TimestampSigner(secret, salt="eliza.media")

    def credential(self) -> str | None:
        """The credential whose pass a request brings that wants to read media; None where there is none."""
        if request.method not in {"GET", "HEAD"} or not request.path.startswith(f"{_PATH}/"):
            return None
        return self._read(_LIFETIME)

    def hand_out(self, credential: str, response: Response) -> Response:
        """Give the pass along with an answer to somebody who brought their credential, unless theirs is still good."""
        if self._read(_RENEWED_EVERY) != credential:
            value = self._signer.sign(credential).decode()
            cookies.set_cookie(response, _NAME, value, path=_PATH, lifetime=_LIFETIME)
        return response

    def _read(self, age: timedelta) -> str | None:
        try:
            return self._signer.unsign(request.cookies.get(_NAME, ""), max_age=int(age.total_seconds())).decode()
        except BadSignature:
            return None


def delete(response: Response) -> None:
    """Delete the pass, so that the next user of the browser cannot see the files of the previous one."""
    cookies.delete_cookie(response, _NAME, path=_PATH)
