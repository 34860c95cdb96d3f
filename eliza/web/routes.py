"""Routes of the web page: its shell, under every address the page itself knows."""

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import Forbidden

from eliza import __version__
from eliza.config import Settings
from eliza.http.current import current

bp = Blueprint("web", __name__)

_PAGES = ("/", "/chat/<path:_rest>", "/group/<path:_rest>")


def shell(_rest: str = "") -> ResponseReturnValue:
    if not current(Settings).ui_enabled:
        raise Forbidden("The web page is switched off (ELIZA_UI_ENABLE)")
    page = Response(render_template("index.html", version=__version__, asset_version=__version__))
    page.headers["Cache-Control"] = "no-cache"
    return page


for rule in _PAGES:
    bp.add_url_rule(rule, "shell", shell)
