"""Envelope: the outer shape of answers. elizaOS has several; each blueprint says which one its clients expect."""

import logging
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, Literal, NotRequired, TypeVar, cast, get_type_hints
from uuid import UUID

import orjson
from flask import Blueprint, Flask, Response, request
from pydantic import WithJsonSchema
from typing_extensions import TypedDict  # pydantic needs this one before Python 3.12.
from werkzeug.exceptions import HTTPException

from eliza.errors import NO_DESCRIPTORS, NO_ROOM, DiskFull, ElizaError, OutOfDescriptors

log = logging.getLogger(__name__)

Json = dict[str, Any]
T = TypeVar("T")
D = TypeVar("D")

Id = Annotated[UUID | str, WithJsonSchema({"type": "string", "format": "uuid"})]
Iso = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
"""A moment as ``iso`` writes it. Where a wire shape says ``int``, it is milliseconds since the epoch."""


class Ok(TypedDict, Generic[T]):
    success: Literal[True]
    data: T


class CodedCause(TypedDict):
    code: str
    message: str
    details: NotRequired[Json]


class CodedFailure(TypedDict):
    success: Literal[False]
    error: CodedCause


class PlainFailure(TypedDict):
    success: Literal[False]
    error: str
    code: str
    message: str
    details: NotRequired[Json]


class BareFailure(TypedDict):
    error: str
    code: str


class NumberedCause(TypedDict):
    message: str
    code: int
    name: str


class NumberedFailure(TypedDict):
    success: Literal[False]
    error: NumberedCause


ErrorShape = Callable[[ElizaError], Any]


def answer(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer. UUIDs become strings; moments must be put in their wire form before."""
    return Response(orjson.dumps(body), status, headers, content_type="application/json")


def ok(payload: object, status: int = 200) -> Response:
    return answer({"success": True, "data": payload}, status)


def created(payload: object) -> Response:
    return ok(payload, 201)


def nothing() -> Response:
    return Response(status=204)


def given(shape: D, **optional: object) -> D:
    """The shape with those of its optional keys that have a value."""
    cast(Json, shape).update({name: value for name, value in optional.items() if value is not None})
    return shape


def iso(moment: datetime) -> str:
    """A moment as JavaScript's ``toISOString`` writes it."""
    return f"{moment.astimezone(UTC).isoformat(timespec='milliseconds')[:-6]}Z"


def coded(failure: ElizaError) -> CodedFailure:
    """The error is an object with a code: agents, memory, audio."""
    error: CodedCause = {"code": failure.code, "message": failure.message}
    if failure.details:
        error["details"] = failure.details
    return {"success": False, "error": error}


def plain(failure: ElizaError) -> PlainFailure:
    """The error is a sentence: messaging. The code stands beside it, where old clients do not look."""
    body: PlainFailure = {
        "success": False,
        "error": failure.message,
        "code": failure.code,
        "message": failure.message,
    }
    if failure.details:
        body["details"] = failure.details
    return body


def bare(failure: ElizaError) -> BareFailure:
    """The error is a sentence, and there is nothing around it: plugins."""
    return {"error": failure.message, "code": failure.code}


def numbered(failure: ElizaError) -> NumberedFailure:
    """The error carries its HTTP status as its code: everything outside a domain."""
    return {"success": False, "error": {"message": failure.message, "code": failure.status, "name": failure.code}}


def internal_error(where: logging.Logger, what: str, failure: Exception, **facts: object) -> ElizaError:
    """What a client is told of a failure that has no name: a reference, under which the log says the rest."""
    reference = uuid.uuid4().hex[:12]
    where.error(what, exc_info=failure, extra={"reference": reference, **facts})
    return ElizaError(f"Internal server error (reference {reference})")


def speak(blueprint: Blueprint, shape: ErrorShape) -> None:
    """Let a blueprint's failures take this shape, which is what ``shape`` is declared to return."""
    blueprint.failure = get_type_hints(shape)["return"]  # type: ignore[attr-defined]  # Read by the description.
    blueprint.register_error_handler(ElizaError, lambda failure: _named(failure, shape))
    blueprint.register_error_handler(HTTPException, lambda failure: _from_http(failure, shape))
    blueprint.register_error_handler(Exception, lambda failure: _unforeseen(failure, shape))


def speak_everywhere_else(app: Flask) -> None:
    app.register_error_handler(ElizaError, lambda failure: _named(failure, numbered))
    app.register_error_handler(HTTPException, lambda failure: _from_http(failure, numbered))
    app.register_error_handler(Exception, lambda failure: _unforeseen(failure, numbered))


def _named(failure: ElizaError, shape: ErrorShape) -> Response:
    headers = {} if failure.retry_after is None else {"Retry-After": str(failure.retry_after)}
    return answer(shape(failure), failure.status, headers)


def _from_http(failure: HTTPException, shape: ErrorShape) -> Response:
    if failure.response is not None:
        return cast(Response, failure.response)
    named = ElizaError(_sentence(failure))
    named.status = failure.code or 500
    named.code = (failure.name or "error").upper().replace(" ", "_")
    response = answer(shape(named), named.status)
    for name, value in failure.get_headers():
        if name.lower() in {"allow", "retry-after", "www-authenticate", "content-range"}:
            response.headers[name] = value
    return response


def _sentence(failure: HTTPException) -> str:
    if failure.code == 404:
        return f"API endpoint not found: {request.method} {request.path}"
    return failure.description or failure.name


def _unforeseen(failure: Exception, shape: ErrorShape) -> Response:
    if isinstance(failure, OSError) and failure.errno in NO_ROOM:
        return _named(DiskFull(), shape)
    if isinstance(failure, OSError) and failure.errno in NO_DESCRIPTORS:
        return _named(OutOfDescriptors(), shape)
    return answer(shape(internal_error(log, "request failed", failure, path=request.path)), 500)
