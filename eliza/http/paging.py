"""Paging: what a client says to read a list in pages, and what the headers of each page tell it."""

from typing import Any

from flask import Response, request

from eliza.db.paging import Page
from eliza.http.query import Limit, Query


class Paging(Query):
    """``cursor`` is what the ``X-Next-Cursor`` header of the page before said."""

    limit: Limit = 1000
    cursor: str | None = None


def paged(response: Response, page: Page[Any]) -> Response:
    """The answer with ``X-Total-Count``, the cursor of the next page, and an ETag: 304 for whoever has it already."""
    response.headers["X-Total-Count"] = str(page.total)
    if page.next is not None:
        response.headers["X-Next-Cursor"] = page.next
    return unless_known(response)


def unless_known(response: Response) -> Response:
    """The answer with an ETag, or 304 without a body if the client has just that; for what is asked again and again."""
    response.add_etag(weak=True)
    response.headers["Cache-Control"] = "no-cache"
    response.make_conditional(request)
    return response
