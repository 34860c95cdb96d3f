"""Description: the whole API as OpenAPI 3.1, made of what its routes say of themselves."""

import re
from collections.abc import Iterator
from copy import deepcopy
from inspect import getdoc
from typing import Any

from flask import Flask
from pydantic import TypeAdapter
from werkzeug.routing import Rule

from eliza import __version__
from eliza.access import rules
from eliza.access.roles import PERMISSIONS, Role
from eliza.http import headers
from eliza.http.api import SPEC, FileForm, camel
from eliza.http.envelope import Json
from eliza.http.gate import COOKIE, KeyRequired
from eliza.http.guarded import needs_key
from eliza.http.paging import Paging

_INTRODUCTION = """The REST interface of elizaOS 1.7, and what Eliza adds to it. Lists come in pages: `X-Total-Count`
says how many items there are, `X-Next-Cursor` what to send as `cursor` for the next page."""
_KEYS: Json = {
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-KEY"},
    "bearer": {"type": "http", "scheme": "bearer"},
    "login": {"type": "apiKey", "in": "cookie", "name": COOKIE},
}
_FILE: Json = {"type": "string", "contentMediaType": "application/octet-stream"}


def describe(app: Flask) -> Json:
    """The OpenAPI document of all routes of ``app`` that say what they return; inside its context."""
    document: Json = deepcopy(SPEC.spec)
    document["info"] = {"title": "Eliza", "version": __version__, "description": _INTRODUCTION}
    document["servers"] = [{"url": "/"}]
    document["security"] = [*({name: []} for name in _KEYS), {}]
    document["components"]["securitySchemes"] = _KEYS
    schemas = document["components"]["schemas"]
    for rule, view in described(app):
        failure = app.blueprints[_blueprint(rule)].failure  # type: ignore[attr-defined]  # See ``speak``.
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            operation = document["paths"][address(rule)][method.lower()]
            _introduce(operation, rule, view)
            _explain_body(operation, view, schemas)
            _explain_headers(operation, view)
            refused = getattr(app.blueprints[_blueprint(rule)], "refusal", KeyRequired)
            _explain_failures(operation, rule, failure, refused, schemas)
            _explain_access(operation, rule)
    return document


def address(rule: Rule) -> str:
    """The path under which the document has a route."""
    return str(SPEC.backend.parse_path(rule, None)[0])


def described(app: Flask) -> Iterator[tuple[Rule, Any]]:
    """The routes that say what they return, and their views."""
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        if SPEC.get_function_metadata(view) is not None:
            yield rule, view


def _blueprint(rule: Rule) -> str:
    return str(rule.endpoint).partition(".")[0]


def _introduce(operation: Json, rule: Rule, view: Any) -> None:
    """Say in words what the view is for, and find names for it and its parameters."""
    name = rule.endpoint.partition(".")[2]
    operation["operationId"] = camel(re.sub(r"(<\w+>|\W)+", "_", name).strip("_"))
    operation["summary"] = view.__name__.replace("_", " ").capitalize()
    operation["description"] = (getdoc(view) or "").replace("``", "`")
    operation["tags"] = [_blueprint(rule)]
    operation["deprecated"] = " as " in name
    for parameter in operation["parameters"]:
        parameter["schema"] = _without_null(parameter["schema"])


def _without_null(schema: Json) -> Json:
    """For what is left out where a body could say null."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    return dict(kinds[0]) if len(kinds) == 1 else schema


def _explain_body(operation: Json, view: Any, schemas: Json) -> None:
    """Say what may be sent to a view that takes a file; of the others, the JSON body is known already."""
    form: FileForm | None = getattr(view, "form", None)
    if form is None:
        return
    fields = form.fields.model_json_schema()["properties"] if form.fields else {}
    shape = {"type": "object", "properties": {"file": _FILE, **fields}, "required": ["file"]}
    content = {"multipart/form-data": {"schema": shape}}
    if form.or_json:
        content["application/json"] = {"schema": _component(form.or_json, schemas)}
    operation["requestBody"] = {"required": True, "content": content}


def _explain_headers(operation: Json, view: Any) -> None:
    """Say which headers the view heeds, and which come with pages and with what a client may have already."""
    heeded = getattr(view, "headers", ())
    operation["parameters"] += [{"name": name, "in": "header", **headers.HEEDED[name]} for name in heeded]
    responses = operation["responses"]
    if is_paged := issubclass(view.__annotations__.get("query", object), Paging):
        responses["304"] = {"description": "Not Modified"}
    told = {
        **(headers.OF_A_PAGE if is_paged else {}),
        **(headers.OF_WHAT_MAY_BE_KNOWN if "304" in responses else {}),
        **(headers.OF_WHAT_MAY_BE_DONE if "Idempotency-Key" in heeded else {}),
    }
    for response in responses.values():
        response["headers"] = told


def _explain_failures(operation: Json, rule: Rule, shape: Any, refused: Any, schemas: Json) -> None:
    """Say what the failures of the route look like, and whether it needs a key."""
    responses = operation["responses"]
    responses["default"] = {
        "description": "What went wrong",
        "headers": headers.OF_A_FAILURE,
        "content": {"application/json": {"schema": _component(shape, schemas)}},
    }
    if needs_key(rule.rule):
        refusal = {"application/json": {"schema": _component(refused, schemas)}}
        responses["401"] = {"description": "The key is missing or wrong", "content": refusal}


def _explain_access(operation: Json, rule: Rule) -> None:
    """Add the permission that each operation requires, from ``eliza.access.rules``."""
    view = rules.view_of(rule.endpoint)
    if not needs_key(rule.rule) or view in rules.PUBLIC:
        operation["security"] = []
    elif permission := rules.ROUTES.get(view):
        operation["security"] = [*({name: [permission]} for name in _KEYS), {}]
        least = next(role for role in Role if permission in PERMISSIONS[role])
        operation["description"] = f"{operation['description']}\n\nNeeds `{permission}`: {least} or more.".strip()


def _component(shape: Any, schemas: Json) -> Json:
    """The reference to a shape, noted among the ``schemas``."""
    schema = TypeAdapter(shape).json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(schema.pop("$defs", {}))
    schemas[shape.__name__] = schema
    return {"$ref": f"#/components/schemas/{shape.__name__}"}
