"""Current: the server's parts, looked up by their type from inside a request."""

from typing import TypeVar

from flask import Flask, current_app

T = TypeVar("T")

_KEY = "eliza"


def provide(app: Flask, *parts: object) -> None:
    """Make parts of the server available to the routes of ``app``, each under its class and what that derives from."""
    known: dict[type, object] = app.extensions.setdefault(_KEY, {})
    known.update({kind: part for part in parts for kind in type(part).__mro__[:-1]})


def current(kind: type[T]) -> T:
    part = current_app.extensions[_KEY][kind]
    assert isinstance(part, kind)
    return part
