"""Current: the server's parts, looked up by their type from inside a request."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from flask import Flask, current_app

T = TypeVar("T")

_KEY = "eliza"


def provide(app: Flask, *parts: object) -> None:
    """Make parts of the server available to the routes of ``app``, each under its class and what that derives from."""
    known: dict[type, object] = app.extensions.setdefault(_KEY, {})
    known.update(_by_kinds(parts))


def provide_later(app: Flask, build: Callable[[], Iterable[object]]) -> None:
    """Like ``provide``, but the parts are built when the first of them is looked up."""
    app.extensions[_KEY] = _Later(build)


def current(kind: type[T]) -> T:
    part = current_app.extensions[_KEY][kind]
    assert isinstance(part, kind)
    return part


class _Later(dict[type, object]):
    def __init__(self, build: Callable[[], Iterable[object]]) -> None:
        super().__init__()
        self._build = build

    def __missing__(self, kind: type) -> object:
        if not self:
            self.update(_by_kinds(self._build()))
            return self[kind]
        raise KeyError(kind)


def _by_kinds(parts: Iterable[object]) -> dict[type, object]:
    return {kind: part for part in parts for kind in type(part).__mro__[:-1]}
