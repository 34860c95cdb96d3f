"""Routes of the API's own description."""

from flask import Blueprint, current_app
from flask.typing import ResponseReturnValue

from eliza.http.description import describe
from eliza.http.envelope import answer
from eliza.http.paging import unless_known

bp = Blueprint("description", __name__)


@bp.get("/openapi.json")
def openapi() -> ResponseReturnValue:
    return unless_known(answer(describe(current_app)))
