"""Body: what a request brings, checked before anything else looks at it."""

from datetime import UTC, datetime
from typing import TypeVar
from uuid import UUID

import orjson
from flask import request
from pydantic import BaseModel, ValidationError

from eliza.clock import from_milliseconds
from eliza.errors import InvalidInput
from eliza.ids import is_uuid

M = TypeVar("M", bound=BaseModel)

_LATEST = 253_402_300_799_000  # The end of the year 9999, as far as a datetime goes.


class InvalidId(InvalidInput):
    code = "INVALID_ID"


class UnsupportedMediaType(InvalidInput):
    status = 415
    code = "INVALID_CONTENT_TYPE"


def parse(shape: type[M]) -> M:
    """The JSON body as ``shape``. Raises ``InvalidInput`` naming the first field that does not fit."""
    try:
        return shape.model_validate(json_object())
    except ValidationError as failure:
        problem = failure.errors(include_url=False, include_context=False)[0]
        field = ".".join(str(part) for part in problem["loc"]) or "body"
        raise InvalidInput(f"{field}: {problem['msg']}", details={"field": field}) from None


def json_object() -> dict[str, object]:
    """The JSON object in the body; an absent body counts as an empty one."""
    raw = request.get_data(cache=False)
    if not raw:
        return {}
    if request.mimetype != "application/json" and not request.mimetype.endswith("+json"):
        raise UnsupportedMediaType("Content-Type must be application/json")
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as failure:
        raise InvalidInput(f"body: not valid JSON ({failure})") from None
    if not isinstance(value, dict):
        raise InvalidInput("body: must be a JSON object")
    if rb"\u0000" in raw and holds_nul(value):
        raise InvalidInput("body: must not contain NUL characters")
    return value


def holds_nul(value: object) -> bool:
    """True when a text anywhere in ``value`` has a NUL in it, which JSON can say and Postgres cannot keep."""
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(holds_nul(item) for pair in value.items() for item in pair)
    return isinstance(value, list) and any(holds_nul(item) for item in value)


def path_id(name: str, text: str) -> UUID:
    """A UUID from the path. Raises ``InvalidId``."""
    if not is_uuid(text):
        raise InvalidId(f"Invalid {name} format", details={"field": name})
    return UUID(text)


def query_id(name: str) -> UUID | None:
    text = request.args.get(name)
    return path_id(name, text) if text else None


def query_int(name: str, *, default: int, least: int = 0, most: int) -> int:
    """A whole number from the query, brought within bounds. Raises ``InvalidInput`` for anything else."""
    text = request.args.get(name)
    if text is None or text == "":
        return default
    try:
        value = int(text)
    except ValueError:
        raise InvalidInput(f"{name}: must be a whole number", details={"field": name}) from None
    return max(least, min(value, most))


def query_moment(name: str) -> datetime | None:
    """A moment from the query, as milliseconds since the epoch or as ISO 8601, in UTC unless it says otherwise."""
    text = request.args.get(name)
    if not text:
        return None
    try:
        if text.isdigit():
            return from_milliseconds(min(int(text), _LATEST))
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise InvalidInput(
            f"{name}: must be milliseconds since the epoch or an ISO 8601 date", details={"field": name}
        ) from None
