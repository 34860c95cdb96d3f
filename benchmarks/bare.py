"""Bare: the least a WSGI application can do; what the product's rates are held against."""

import json
import time
from collections.abc import Callable, Iterable

from gevent import monkey

monkey.patch_all()

StartResponse = Callable[[str, list[tuple[str, str]]], object]


def app(environ: dict[str, object], start_response: StartResponse) -> Iterable[bytes]:
    body = json.dumps({"pong": True, "timestamp": int(time.time() * 1000)}).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
