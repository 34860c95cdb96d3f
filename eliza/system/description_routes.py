"""Routes of the API's own description, for programs and for people."""

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue

from eliza import __version__
from eliza.http.description import describe
from eliza.http.envelope import Json, answer
from eliza.http.paging import unless_known

bp = Blueprint("description", __name__)

_MADE = "eliza.description"


@bp.get("/openapi.json")
def openapi() -> ResponseReturnValue:
    return unless_known(answer(_description()))


@bp.get("/docs")
def docs() -> ResponseReturnValue:
    return render_template("docs.html", version=__version__)


def _description() -> Json:
    """Made when somebody first asks, since it takes a quarter of a second."""
    made: dict[str, Json] = current_app.extensions
    if _MADE not in made:
        made[_MADE] = describe(current_app)
    return made[_MADE]
