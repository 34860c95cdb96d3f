"""Streams: server-sent events."""

from collections.abc import Iterator

import orjson
from flask import Response

KEEP_ALIVE = b": still here\n\n"
"""A comment every client skips, sent so that nothing in between takes the silence for an end."""


def event(name: str, payload: object) -> bytes:
    return b"event: " + name.encode() + b"\ndata: " + orjson.dumps(payload) + b"\n\n"


def event_stream(events: Iterator[bytes]) -> Response:
    """Answer with events as they come; the iterator is closed when the client leaves."""
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    return Response(events, headers=headers, content_type="text/event-stream; charset=utf-8")
