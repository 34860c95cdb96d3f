"""Hooks: what schemathesis, which loads this in its own process, knows of the server it tries out.

Left alone, it would hardly ever guess an id that exists, and learn only how the server says that there is nothing.
"""

import os
from typing import Any
from urllib.parse import quote, urlencode
from zlib import crc32

import orjson
import schemathesis
from hypothesis import strategies

from eliza.http.api import camel

_KNOWN: dict[str, list[str]] = orjson.loads(os.environ["FUZZ_IDS"])
_UUIDS = sorted({known for ids in _KNOWN.values() for known in ids if "." not in known})
_HALF = len(_KNOWN["agentId"]) // 2
_LONGEST = 3_000
_SAME = {
    "authorId": "userId",
    "currentUserId": "userId",
    "entityId": "userId",
    "serverId": "messageServerId",
    "targetUserId": "agentId",
}
"""Other names for the same ids."""

_ENDS: dict[str, int] = {}
"""The place of what each operation ends."""

schemathesis.openapi.format("uuid", strategies.one_of(strategies.sampled_from(_UUIDS), strategies.uuids().map(str)))


@schemathesis.hook
def filter_case(_context: Any, case: Any) -> bool:
    """Leave out what is longer than gunicorn lets through to the application: it answers that itself."""
    return len(quote(case.formatted_path)) + len(urlencode(case.query or {}, doseq=True)) < _LONGEST


@schemathesis.hook
def map_path_parameters(context: Any, path_parameters: dict[str, Any] | None) -> dict[str, Any] | None:
    return _with_ids(context.operation, path_parameters)


@schemathesis.hook
def map_query(context: Any, query: dict[str, Any] | None) -> dict[str, Any] | None:
    return _with_ids(context.operation, query)


@schemathesis.hook
def map_headers(_context: Any, headers: dict[str, Any] | None) -> dict[str, Any] | None:
    """In three of four cases, somebody known is speaking."""
    is_somebody = crc32(repr(headers).encode()) % 4 > 0
    return {**(headers or {}), "X-Entity-Id": _KNOWN["userId"][0]} if is_somebody else headers


@schemathesis.hook
def map_body(context: Any, body: Any) -> Any:
    return _with_ids(context.operation, body) if isinstance(body, dict) else body


def _with_ids(operation: Any, given: dict[str, Any] | None) -> dict[str, Any] | None:
    """In three of four cases, what is named in ``given`` is there, and belongs together."""
    drawn = crc32(repr(given).encode())
    if given is None or (drawn % 4 == 0 and not _is_an_end(operation)):
        return given
    place = _place(operation, drawn)
    return {name: value if value is None else _id(name, place) or value for name, value in given.items()}


def _place(operation: Any, drawn: int) -> int:
    """What ends something gets a thing of its own to end, or soon there would be nothing left for the others."""
    if not _is_an_end(operation):
        return _HALF + drawn % _HALF
    return _ENDS.setdefault(operation.label, len(_ENDS)) % _HALF


def _is_an_end(operation: Any) -> bool:
    return operation.method.upper() == "DELETE" or str(operation.path).endswith("/stop")


def _id(name: str, place: int) -> str | None:
    ids = _KNOWN.get(_SAME.get(camel(name), camel(name)))
    return ids[place % len(ids)] if ids else None
