"""Body: what a request brings, checked before anything else looks at it."""

import re
from collections.abc import Callable
from itertools import chain
from typing import Annotated, Any, TypeVar
from uuid import UUID

import gevent
import orjson
from flask import Flask, g, request
from pydantic import BaseModel, Field, ValidationError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from eliza.access.authenticator import CredentialRefused
from eliza.errors import ElizaError, InvalidInput
from eliza.ids import is_uuid

M = TypeVar("M", bound=BaseModel)

Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]
"""What people call something; there must be something to see."""

_LONGEST_KEY = 200
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_PIECE = 1 << 16
_DEEPEST = 64  # What is read must be written again inside of answers, and orjson writes 254 levels.
_MOST_CONTAINERS = 100_000  # Parsing two megabytes of empty lists would block the server for half a second.
_TOO_DEEP = f"must not be nested deeper than {_DEEPEST} levels, nor hold more than {_MOST_CONTAINERS} lists and objects"
_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*+"')
_LONG_DIGITS = b"0" * 19
_DIGITS_ALIKE = bytes.maketrans(b"123456789", b"0" * 9)
_LONG_INTEGER = re.compile(rb"(?<![\d.eE+-])-?\d{19,}(?![\d.eE])")


class InvalidId(InvalidInput):
    code = "INVALID_ID"


class UnsupportedMediaType(InvalidInput):
    status = 415
    code = "INVALID_CONTENT_TYPE"


class TooSlow(ElizaError):
    """The body arrived too slowly or not at all."""

    status = 408
    code = "REQUEST_TIMEOUT"

    def __init__(self, seconds: float) -> None:
        super().__init__(f"body: every {_PIECE >> 10} KiB must arrive within {seconds:g} s")


def limit_upload_time(app: Flask, seconds: float) -> None:
    """Limit how long a request may wait for its body: each piece has to arrive within ``seconds``.

    Under a threaded server such as ``flask run`` this has no effect; there the sockets have a timeout.
    """

    def hurry() -> None:
        environ = request.environ
        if environ.get("CONTENT_LENGTH", "0") != "0" or "HTTP_TRANSFER_ENCODING" in environ:
            environ["wsgi.input"] = _TimedBody(environ["wsgi.input"], seconds)

    app.before_request(hurry)


class _TimedBody:
    """A request body with a deadline for each piece. Raises ``TooSlow``."""

    def __init__(self, body: Any, seconds: float) -> None:
        self._body = body
        self._seconds = seconds

    def read(self, size: int = -1) -> bytes:
        with gevent.Timeout(self._seconds, TooSlow(self._seconds)):
            read: bytes = self._body.read(min(size, _PIECE) if size >= 0 else size)
            return read

    def readline(self, size: int = -1) -> bytes:
        with gevent.Timeout(self._seconds, TooSlow(self._seconds)):
            read: bytes = self._body.readline(size)
            return read


def has_come() -> None:
    """Call it when a body has been read: while a slow one arrived, the credential may have been revoked.

    Raises ``CredentialRefused``.
    """
    recheck: Callable[[], None] | None = g.get("recheck")
    if recheck is not None:
        recheck()


def parse(shape: type[M]) -> M:
    """The JSON body as ``shape``. Raises ``InvalidInput`` naming the first field that does not fit."""
    try:
        return shape.model_validate(json_object())
    except ValidationError as failure:
        raise invalid(*first_problem(failure)) from None


def invalid(field: str, why: str) -> InvalidInput:
    return InvalidInput(f"{field}: {why}", details={"field": field})


def first_problem(failure: ValidationError) -> tuple[str, str]:
    """The field that does not fit, and why."""
    problem = failure.errors(include_url=False, include_context=False)[0]
    return ".".join(str(part) for part in problem["loc"]) or "body", problem["msg"].removeprefix("Value error, ")


def json_object() -> dict[str, object]:
    """The JSON object in the body; an absent body counts as an empty one."""
    raw = _raw()
    if not raw:
        return {}
    if not _is_json():
        raise UnsupportedMediaType("Content-Type must be application/json")
    value = _value(raw)
    if not isinstance(value, dict):
        raise InvalidInput("body: must be a JSON object")
    return value


def content() -> object:
    """What is in the body: the value of JSON, the bytes of anything else, None when it is absent."""
    raw = _raw()
    if not raw:
        return None
    return _value(raw) if _is_json() else raw


def strict_json(raw: bytes) -> object:
    """What ``raw`` says, if it can be kept as it is and said again. Raises ``ValueError`` with the reason."""
    brackets = raw.count(b"{") + raw.count(b"[")
    if brackets > _MOST_CONTAINERS and _containers(raw) > _MOST_CONTAINERS:
        raise ValueError(_TOO_DEEP)
    try:
        value: object = orjson.loads(raw)
    except orjson.JSONDecodeError as failure:
        if str(failure).startswith("depth limit"):
            raise ValueError(_TOO_DEEP) from None
        raise ValueError(f"not valid JSON ({failure})") from None
    if brackets > _DEEPEST and is_deeper(value, _DEEPEST):
        raise ValueError(_TOO_DEEP)
    if any(not -(2**63) <= int(digits) < 2**64 for digits in _long_integers(raw)):
        raise ValueError("must not contain whole numbers beyond 64 bits")
    if rb"\u0000" in raw and holds_nul(value):
        raise ValueError("must not contain NUL characters")
    return value


def is_deeper(value: object, levels: int) -> bool:
    """True when lists and objects lie inside each other in ``value`` more than ``levels`` times."""
    layer = [value]
    for _ in range(levels + 1):
        lists = [item for item in layer if isinstance(item, list)]
        objects = [item for item in layer if isinstance(item, dict)]
        if not lists and not objects:
            return False
        layer = [*chain.from_iterable(lists), *chain.from_iterable(one.values() for one in objects)]
    return True


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


def header_key(name: str) -> str | None:
    """A key of the client's own making from a header, or None. Raises ``InvalidInput`` for what is no key."""
    text = request.headers.get(name)
    if text is None:
        return None
    if not 0 < len(text) <= _LONGEST_KEY:
        raise InvalidInput(f"{name}: must have 1 to {_LONGEST_KEY} characters", details={"field": name})
    if _CONTROL.search(text):
        raise InvalidInput(f"{name}: must not contain control characters", details={"field": name})
    return text


def _is_json() -> bool:
    return request.mimetype == "application/json" or request.mimetype.endswith("+json")


def _value(raw: bytes) -> object:
    try:
        return strict_json(raw)
    except ValueError as failure:
        raise InvalidInput(f"body: {failure}") from None


def _raw() -> bytes:
    try:
        raw = request.get_data(cache=False)
        # Of a body that comes in chunks, werkzeug reads as much as is allowed and does not look further.
        if request.content_length is None and len(raw) == request.max_content_length:
            _require_end()
        if raw:
            has_come()
        return raw
    except (HTTPException, TooSlow, CredentialRefused):
        raise
    except Exception:  # Every server program has a failure of its own for chunks that are none.
        raise InvalidInput("body: could not be read") from None


def _require_end() -> None:
    if request.environ["wsgi.input"].read(1):
        raise RequestEntityTooLarge


def _containers(raw: bytes) -> int:
    said = _STRINGS.sub(b"", raw)
    return said.count(b"{") + said.count(b"[")


def _long_integers(raw: bytes) -> list[bytes]:
    # orjson makes a rounded float of what does not fit, so the text has to be asked.
    if _LONG_DIGITS not in raw.translate(_DIGITS_ALIKE):  # Forty times as fast as the regular expression.
        return []
    return _LONG_INTEGER.findall(_STRINGS.sub(b'""', raw))
