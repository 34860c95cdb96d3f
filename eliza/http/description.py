"""Description: the whole API as OpenAPI 3.1, made of what its routes say of themselves."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from flask import Flask
from pydantic import TypeAdapter
from werkzeug.routing import Rule

from eliza import __version__
from eliza.http.api import SPEC
from eliza.http.envelope import Json

_INTRODUCTION = """The REST interface of elizaOS 1.7, and what Eliza adds to it. Lists come in pages: `X-Total-Count`
says how many items there are, `X-Next-Cursor` what to send as `cursor` for the next page."""
_REFERENCE = "#/components/schemas/{model}"
_FILE: Json = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "properties": {"file": {"type": "string", "contentMediaType": "application/octet-stream"}},
                "required": ["file"],
            }
        }
    },
}
_KEYS: Json = {
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-KEY"},
    "bearer": {"type": "http", "scheme": "bearer"},
}


def describe(app: Flask) -> Json:
    """The OpenAPI document of all routes of ``app`` that say what they return; inside its context."""
    document: Json = deepcopy(SPEC.spec)
    document["info"] = {"title": "Eliza", "version": __version__, "description": _INTRODUCTION}
    schemas = document["components"]["schemas"]
    document["components"]["securitySchemes"] = _KEYS
    document["security"] = [{"apiKey": []}, {"bearer": []}, {}]
    for rule, view in described(app):
        path, _ = SPEC.backend.parse_path(rule, None)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            _complete(document["paths"][path][method.lower()], view, rule, _failure(app, rule, schemas))
    return document


def described(app: Flask) -> Iterator[tuple[Rule, Any]]:
    """The routes that say what they return."""
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        if SPEC.get_function_metadata(view) is not None:
            yield rule, view


def _complete(operation: Json, view: Any, rule: Rule, failure: Json) -> None:
    """Add what the routes do not have to say one by one."""
    blueprint, _, name = rule.endpoint.partition(".")
    operation["tags"] = [blueprint]
    operation["deprecated"] = " as " in name
    responses = operation["responses"]
    responses.pop(str(SPEC.validation_error_status), None)  # Ours has another shape.
    for status, media in view.media.items():
        responses[str(status)]["content"] = {media: {"schema": {"type": "string"}}}
    responses["default"] = {"description": "What went wrong", "content": {"application/json": {"schema": failure}}}
    if getattr(view, "takes_file", False):
        operation["requestBody"] = _FILE


def _failure(app: Flask, rule: Rule, schemas: Json) -> Json:
    """The shape of a blueprint's failures, noted among the ``schemas``."""
    shape = app.blueprints[rule.endpoint.partition(".")[0]].failure  # type: ignore[attr-defined]  # See ``speak``.
    schema = TypeAdapter(shape).json_schema(ref_template=_REFERENCE)
    schemas.update(schema.pop("$defs", {}))
    schemas[shape.__name__] = schema
    return {"$ref": _REFERENCE.format(model=shape.__name__)}
