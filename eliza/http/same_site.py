"""SameSite: a login's cookie counts only for what the server's own pages ask.

Browsers do not send it along from elsewhere, for it is ``SameSite=Strict``; this holds for those that do, and for pages
on another port of the same host, which are the same site to a browser. ``CORS_ORIGIN=*`` lets every page call, with a
key; no page that it does not name has the use of somebody's login.
"""

from collections.abc import Iterable

from flask import request

from eliza.http.origins import ForeignOrigin, address_of, plain

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN = frozenset({"same-origin", "none"})


class SameSite:
    def __init__(self, origins: Iterable[str]) -> None:
        self._origins = frozenset(plain(origin) for origin in origins) - {"*"}

    def require(self) -> None:
        """Raises ``ForeignOrigin`` unless the request at hand comes from a page of ours, or one that was allowed."""
        origin = request.headers.get("Origin")
        if origin is not None:
            if not self.allows(origin, f"{request.scheme}://{request.host}"):
                raise ForeignOrigin(plain(origin))
        elif request.headers.get("Sec-Fetch-Site", "same-origin" if request.method in _SAFE else "") not in _OWN:
            raise ForeignOrigin("elsewhere")

    def allows(self, origin: str, own: str) -> bool:
        """True for a page of ``own``, which is where it asks, and for one that was allowed by its name."""
        origin = plain(origin)
        return origin in self._origins or address_of(origin) == address_of(plain(own))
