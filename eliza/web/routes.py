"""Routes of the web page: its document under every address that is nobody else's, and the files it loads."""

from flask import Blueprint, request
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from werkzeug.routing import PathConverter

from eliza.http.security import let_load
from eliza.web.page import Page

_ADDRESSES = ("/", "/chat/<path:_rest>", "/group/<path:_rest>")


def routes_of(page: Page) -> Blueprint:
    """The routes under which ``page`` is served."""
    bp = Blueprint("web", __name__)

    def document(_rest: str = "") -> ResponseReturnValue:
        return page.document().make_conditional(request)

    def elsewhere(path: str) -> ResponseReturnValue:
        return document() if _is_place(path) and _wants_document() else page.file(path)

    let_load(document, page.policy)
    let_load(elsewhere, page.policy)
    bp.record(_know_elsewhere)
    for rule in _ADDRESSES:
        bp.add_url_rule(rule, "document", document)
    bp.add_url_rule("/<elsewhere:path>", "elsewhere", elsewhere)
    return bp


class _Elsewhere(PathConverter):
    """A path outside of what programs use. Those are told in JSON when there is nothing, and never get a page."""

    regex = r"(?!(?:api|media|socket\.io|static)(?:/|$))[^/].*?"


def _know_elsewhere(state: BlueprintSetupState) -> None:
    state.app.url_map.converters["elsewhere"] = _Elsewhere


def _is_place(path: str) -> bool:
    """True for an address inside of the page, which only the page can tell from a wrong one; files have a suffix."""
    return "." not in path.rpartition("/")[2]


def _wants_document() -> bool:
    # Asked for by name, as browsers do when somebody opens an address; whoever takes anything is a program.
    return "text/html" in request.accept_mimetypes.values()
