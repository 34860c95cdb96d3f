"""Addresses: URLs that no browser would ask for are read, or refused, as orderly as all others."""

from flask import Flask, Request
from werkzeug.datastructures import MultiDict
from werkzeug.routing import PathConverter
from werkzeug.utils import cached_property

from eliza.http.body import invalid


def read_all_alike(app: Flask) -> None:
    """Let each route see to every URL below its own, whatever is in it, so that the answer has that route's shape."""
    app.url_map.strict_slashes = False
    app.url_map.converters["path"] = _AnyPath
    app.request_class = _Request


class _AnyPath(PathConverter):
    # Werkzeug's own leaves out line breaks.
    regex = r"(?s:[^/].*?)"


class _Request(Request):
    @cached_property
    def args(self) -> MultiDict[str, str]:
        """Raises ``InvalidInput`` for bytes that should have been written with percent signs."""
        try:
            return super().args
        except UnicodeDecodeError:
            raise invalid("query", "must be UTF-8") from None
