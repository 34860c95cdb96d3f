"""Measure: the API's own description, held against what the server answers."""

from fnmatch import fnmatch
from typing import Any

import jsonschema_rs
import orjson
from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from eliza.http.description import address, describe, described

Json = dict[str, Any]

_DOCUMENT = "urn:description"
_TOLD = {"X-Total-Count", "X-Next-Cursor", "ETag", "Idempotency-Replayed"}


def hold_to_description(app: Flask, response: TestResponse) -> None:
    """Fail the test if a route answered with what its description does not know; what has none is let through."""
    request = response.request
    rule = _rule(app, request.path, request.method)
    if rule is None:
        return
    problem = _measure_of(app).problem(rule, response)
    assert problem is None, (
        f"{request.method} {request.path} answered {response.status_code}: {problem}\n{response.text[:1000]}"
    )


class Measure:
    """A description whose shapes are closed: what they do not name may not be there, unless they say so."""

    def __init__(self, app: Flask) -> None:
        with app.app_context():
            document = describe(app)
            self._addresses = {rule.rule: address(rule) for rule, _ in described(app)}
        for shape in document["components"]["schemas"].values():
            if "properties" in shape:
                shape.setdefault("additionalProperties", False)
        self._paths: Json = document["paths"]
        self._shapes = jsonschema_rs.Registry([(_DOCUMENT, document)])
        self._validators: dict[str, jsonschema_rs.Validator] = {}

    def problem(self, rule: Rule, response: TestResponse) -> str | None:
        """What is wrong with the answer, if anything is."""
        operations = self._paths.get(self._addresses.get(rule.rule, ""), {})
        operation = operations.get(response.request.method.lower())
        return None if operation is None else self._misfit(operation["responses"], response)

    def _misfit(self, known: Json, response: TestResponse) -> str | None:
        status = str(response.status_code)
        if status not in known and response.status_code < 400:
            return "the status is not described."
        expected: Json = known[status if status in known else "default"]
        if untold := (_TOLD & set(response.headers.keys())) - set(expected.get("headers", ())):
            return f"{untold} is not described."
        if not response.data:
            return None
        if not any(fnmatch(response.mimetype, media) for media in expected.get("content", ())):
            return f"{response.mimetype} is not described."
        if response.mimetype != "application/json":
            return None
        return self._mismatch(expected["content"]["application/json"]["schema"]["$ref"], response.data)

    def _mismatch(self, reference: str, body: bytes) -> str | None:
        error = next(self._validator(reference).iter_errors(orjson.loads(body)), None)
        if error is None:
            return None
        return f"{reference.rpartition('/')[2]} is something else: at {error.instance_path}, {error.message}"

    def _validator(self, reference: str) -> jsonschema_rs.Validator:
        if reference not in self._validators:
            self._validators[reference] = jsonschema_rs.validator_for(
                {"$ref": f"{_DOCUMENT}{reference}"}, registry=self._shapes, validate_formats=True
            )
        return self._validators[reference]


_MEASURES: dict[frozenset[str], Measure] = {}
"""Of each set of routes; all servers of a test run have the same, less what plugins bring."""


def _measure_of(app: Flask) -> Measure:
    routes = frozenset(app.view_functions)
    if routes not in _MEASURES:
        _MEASURES[routes] = Measure(app)
    return _MEASURES[routes]


def _rule(app: Flask, path: str, method: str) -> Rule | None:
    try:
        rule, _ = app.url_map.bind("localhost").match(path, method, return_rule=True)
    except HTTPException:
        return None
    return rule
