"""Api: what a route takes and what it gives, said once, at the route.

What it takes stands in the view's signature and is checked before the view is called; what it gives stands in
``returns``. From both comes the description at ``/openapi.json``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, TypeVar, cast, get_args, get_origin
from uuid import UUID

from flask import Blueprint, current_app, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, RootModel, ValidationError
from spectree import Response, SpecTree
from spectree._types import NamingStrategy
from spectree.model_adapter.protocol import SchemaMode
from spectree.plugins.flask_plugin import FlaskPlugin
from spectree.utils import get_multidict_items
from werkzeug.datastructures import MultiDict

from eliza.http.body import M, first_problem, holds_nul, invalid, parse, path_id

T = TypeVar("T")
View = Callable[..., ResponseReturnValue]
Decorator = Callable[[View], View]


class _StrictFlask(FlaskPlugin):
    """Reads requests in our own strict way. Answers are held to their shapes by the tests, not while people wait."""

    def validate(  # type: ignore[override]  # The rest of its thirteen arguments is of no interest here.
        self, func: View, query: type[BaseModel] | None, json: type[BaseModel] | None, *_rest: object, **path: str
    ) -> ResponseReturnValue:
        given: dict[str, object] = {name: _path_value(func, name, text) for name, text in path.items()}
        if query is not None:
            given["query"] = read_query(query, request.args)
        if json is not None:
            given["json"] = parse(json)
        return func(**given)

    def parse_path(
        self, route: Any, path_parameter_descriptions: Mapping[str, str] | None
    ) -> tuple[str, list[dict[str, Any]]]:
        """Parameters under the names by which failures call them."""
        path, parameters = super().parse_path(route, path_parameter_descriptions)
        ids = _ids(current_app.view_functions[route.endpoint])
        for parameter in parameters:
            name = parameter["name"]
            path = path.replace(f"{{{name}}}", f"{{{camel(name)}}}")
            parameter["name"] = camel(name)
            if name in ids:
                parameter["schema"] = {"type": "string", "format": "uuid"}
        return path, parameters


class _Root(RootModel[T]):
    """Is not built before it is described."""

    model_config = ConfigDict(defer_build=True)


class _Answers(Response):
    """The good answers of a route by their status. How it fails, it shares with all of its blueprint."""

    def __init__(self, shapes: Mapping[int, object]) -> None:
        super().__init__(**{f"HTTP_{status}": _model(shape) for status, shape in shapes.items()})
        self._media = {status: shape for status, shape in shapes.items() if isinstance(shape, str)}

    def add_model(self, *_args: object, **_options: object) -> None:
        """No: spectree would note how it answers bad input by itself, which never happens."""

    def generate_spec(self, naming_strategy: NamingStrategy = str) -> dict[str, Any]:
        responses: dict[str, Any] = super().generate_spec(naming_strategy)
        for status, media in self._media.items():
            responses[str(status)]["content"] = {media: {}}
        return responses


def _nested(parent: str, child: str) -> str:
    # What pydantic makes of Ok[Channel] is the shape of the answer itself, by a name that nobody would like to read.
    return parent if child.startswith("Ok_") else child


class _Shapes(SpecTree):
    """Describes the shapes of routes when somebody asks for the description, which most processes never see."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._noted: list[tuple[type[BaseModel], SchemaMode]] = []

    def _add_model(self, model: type[BaseModel], mode: SchemaMode = "validation") -> str:
        self._noted.append((model, mode))
        return self.naming_strategy(model)

    def _generate_spec(self) -> dict[str, Any]:
        for model, mode in self._noted:
            super()._add_model(model, mode)
        return super()._generate_spec()


SPEC = _Shapes(
    backend=_StrictFlask,
    mode="strict",
    naming_strategy=lambda model: model.__name__,
    nested_naming_strategy=_nested,
)
"""Every route that has said what it takes and gives."""


EVENTS = "text/event-stream"


def returns(shape: object = None, *, status: int = 200, or_else: Mapping[int, object] | None = None) -> Decorator:
    """What a route answers with: a ``TypedDict``, a pydantic model, a media type for what is no JSON, or nothing.

    ``or_else`` says the same of its other good answers by their status. Failures are described by the blueprint's
    envelope.

    The view gets path parameters annotated ``UUID``, and a ``query`` and a ``json`` annotated with pydantic models,
    checked; the first that does not fit is answered with a 400 that names it.
    """
    return cast(Decorator, SPEC.validate(resp=_Answers({status: shape, **(or_else or {})})))


@dataclass(frozen=True, slots=True)
class FileForm:
    """A form with one file, in the field ``file``, and other fields; or, where a route takes that too, JSON."""

    fields: type[BaseModel] | None = None
    or_json: type[BaseModel] | None = None


def takes_file(*, fields: type[BaseModel] | None = None, or_json: type[BaseModel] | None = None) -> Decorator:
    """The route reads a ``FileForm``, for which the view sees by itself. It stands above ``returns``."""

    def decorate(view: View) -> View:
        view.form = FileForm(fields, or_json)  # type: ignore[attr-defined]  # Read by the description.
        return view

    return decorate


def heeds(*headers: str) -> Decorator:
    """The route looks at these headers, which the description explains. It stands above ``returns``."""

    def decorate(view: View) -> View:
        view.headers = headers  # type: ignore[attr-defined]  # Read by the description.
        return view

    return decorate


def also(blueprint: Blueprint, rule: str, *, methods: list[str]) -> Decorator:
    """An older name of the same route. It stands above ``returns``."""

    def decorate(view: View) -> View:
        blueprint.add_url_rule(rule, f"{view.__name__} as {rule}", view, methods=methods)
        return view

    return decorate


def read_query(shape: type[M], arguments: MultiDict[str, str]) -> M:
    """The query as ``shape``. Raises ``InvalidInput`` naming the first field that does not fit."""
    given = {name: value for name, value in get_multidict_items(arguments, shape).items() if value not in ("", [""])}
    for name, value in given.items():
        if holds_nul(value):
            raise invalid(name, "must not contain NUL characters")
    try:
        return shape.model_validate(given)
    except ValidationError as failure:
        raise invalid(*first_problem(failure)) from None


def _path_value(view: View, name: str, text: str) -> object:
    if name in _ids(view):
        return path_id(camel(name), text)
    if "\0" in text:
        raise invalid(camel(name), "must not contain NUL characters")
    return text


@cache
def _ids(view: View) -> frozenset[str]:
    """The parameters of a view that are ids."""
    return frozenset(name for name, kind in view.__annotations__.items() if kind is UUID)


def _model(shape: object) -> type[BaseModel] | None:
    if shape is None or isinstance(shape, str):
        return None
    if isinstance(shape, type) and issubclass(shape, BaseModel):
        return shape
    return type(_name(shape), (_Root[shape],), {"__module__": __name__})  # type: ignore[valid-type]


def _name(shape: Any) -> str:
    """``OkListChannel`` for ``Ok[list[Channel]]``. What is no class, like an annotated type, goes without a name."""
    if not isinstance(shape, type) and get_origin(shape) in (None, Annotated):
        return ""
    own: str = (get_origin(shape) or shape).__name__
    return own[0].upper() + own[1:] + "".join(_name(part) for part in get_args(shape))


def camel(name: str) -> str:
    """``channel_id`` as clients write it: ``channelId``."""
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)
