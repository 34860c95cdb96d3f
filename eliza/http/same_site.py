"""SameSite: a login cookie is accepted only from the server's own pages.

Browsers do not send it from other sites, since it is ``SameSite=Strict``. This check covers browsers that ignore that,
and pages on another port of the same host, which a browser considers the same site. ``CORS_ORIGIN=*`` lets every page
call with a key; a login cookie is accepted only from origins that are listed by name.
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
        """Raises ``ForeignOrigin`` unless the current request comes from an own page or from an allowed origin."""
        origin = request.headers.get("Origin")
        if origin is not None:
            if not self.allows(origin, f"{request.scheme}://{request.host}"):
                raise ForeignOrigin(plain(origin))
        elif request.headers.get("Sec-Fetch-Site", "same-origin" if request.method in _SAFE else "") not in _OWN:
            raise ForeignOrigin("elsewhere")

    def allows(self, origin: str, own: str) -> bool:
        """True if ``origin`` is ``own``, the origin that is called, or is listed by name."""
        origin = plain(origin)
        return origin in self._origins or address_of(origin) == address_of(plain(own))
