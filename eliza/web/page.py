"""Page: what a browser finds here: the server's own page, one that was built elsewhere, or none."""

from collections.abc import Mapping
from typing import Protocol

from flask import Response, render_template
from werkzeug.exceptions import Forbidden, NotFound

from eliza import __version__
from eliza.config import Settings
from eliza.http.security import CONTENT_POLICY
from eliza.web.bundle import Bundle


class Page(Protocol):
    @property
    def policy(self) -> Mapping[str, str]:
        """What the page may load and run."""

    def document(self) -> Response:
        """The page itself, which is the same under each of its addresses."""

    def file(self, path: str) -> Response:
        """Something that the page loads. Raises ``NotFound``."""


class OwnPage:
    """The page that comes with the server. What it loads lies under ``/static``."""

    policy = CONTENT_POLICY

    def document(self) -> Response:
        page = Response(render_template("index.html", version=__version__, asset_version=__version__))
        page.headers["Cache-Control"] = "no-cache"
        return page

    def file(self, _path: str) -> Response:
        raise NotFound


class NoPage:
    """Switched off."""

    policy = CONTENT_POLICY

    def document(self) -> Response:
        raise Forbidden("The web page is switched off (ELIZA_UI_ENABLE)")

    def file(self, _path: str) -> Response:
        raise NotFound


def page_of(settings: Settings) -> Page:
    if not settings.ui_enabled:
        return NoPage()
    return OwnPage() if settings.ui_dir is None else Bundle(settings.ui_dir)
