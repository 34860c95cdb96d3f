"""Http: a keep-alive connection that costs the machine as little as Python allows.

The load runs on the same processors as the server it measures, so every microsecond spent here is
one the server does not get. The standard library's own client spends ten times as much on a header.
"""

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d+)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:[ \t]*chunked", re.IGNORECASE)
_CLOSES = re.compile(rb"\r\nconnection:[ \t]*close", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    head: bytes
    body: bytes

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    def header(self, name: str) -> str | None:
        found = re.search(rb"\r\n" + name.encode() + rb":[ \t]*([^\r]*)", self.head, re.IGNORECASE)
        return found[1].decode("latin-1") if found else None

    def json(self) -> dict[str, object]:
        """The body as an object; an empty one if it is no JSON object."""
        try:
            value = json.loads(self.body)
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server is, and the key it asks for."""

    host: str
    port: int
    key: str | None = None

    @classmethod
    def of(cls, url: str, key: str | None = None) -> "Address":
        parts = urlsplit(url)
        return cls(parts.hostname or "127.0.0.1", parts.port or 80, key)

    def request(
        self, method: str, path: str, body: object = None, *, headers: Mapping[str, str] | None = None
    ) -> bytes:
        """A request as it goes over the wire; ``body`` is sent as JSON."""
        content = b"" if body is None else json.dumps(body).encode()
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self.host}:{self.port}"]
        lines += [f"{name}: {value}" for name, value in self._headers(content, headers or {}).items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode() + content

    def _headers(self, content: bytes, given: Mapping[str, str]) -> dict[str, str]:
        headers = dict(given)
        if self.key:
            headers["X-API-KEY"] = self.key
        if content:
            headers |= {"Content-Type": "application/json", "Content-Length": str(len(content))}
        return headers


class HttpConnection(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._answer: asyncio.Future[Response] | None = None

    @classmethod
    async def open(cls, address: Address) -> "HttpConnection":
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(cls, address.host, address.port)
        return connection

    @property
    def is_open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    async def ask(self, request: bytes) -> Response:
        """Send ``request`` and wait for the response, for ever. Raises ``ConnectionError`` if there will be none."""
        if self._transport is None or self._transport.is_closing():
            raise ConnectionResetError("the server closed the connection")
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        response = _take_response(self._buffer)
        if response is None:
            return
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(response)
        if _CLOSES.search(response.head):
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionResetError("the server closed the connection"))


def _take_response(buffer: bytearray) -> Response | None:
    """The response at the start of ``buffer``, taken out of it; None while it is not complete."""
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        return None
    head = bytes(buffer[: end + 2])
    body, after = _body(head, buffer, end + 4)
    if after < 0:
        return None
    del buffer[:after]
    return Response(int(head[9:12]), head, body)


def _body(head: bytes, buffer: bytearray, start: int) -> tuple[bytes, int]:
    """The body and the index behind it, which is negative while bytes are missing."""
    if _CHUNKED.search(head):
        return _chunks(buffer, start)
    found = _LENGTH.search(head)
    end = start + (int(found[1]) if found else 0)
    return (bytes(buffer[start:end]), end) if len(buffer) >= end else (b"", -1)


def _chunks(buffer: bytearray, start: int) -> tuple[bytes, int]:
    body = bytearray()
    while (line_end := buffer.find(b"\r\n", start)) >= 0:
        size = int(bytes(buffer[start:line_end]).split(b";")[0], 16)
        start = line_end + 2 + size + 2
        if len(buffer) < start:
            break
        if size == 0:
            return bytes(body), start
        body += buffer[line_end + 2 : start - 2]
    return b"", -1
