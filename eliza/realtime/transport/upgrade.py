"""Upgrade: from a WSGI request to the connection below it, whichever server runs the application."""

import base64
import binascii
import hashlib
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

CONNECTION = "eliza.connection"
"""Where our own pywsgi handler leaves the socket and its buffered reader."""

_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_SWITCHING = "101 Switching Protocols"


class NotUpgradable(Exception):
    """The request is no WebSocket handshake, or the server in front gives no way to the connection."""


@dataclass(frozen=True, slots=True)
class Connection:
    sock: socket.socket
    first: bytes = b""
    """What the server read beyond the request."""
    is_upgraded: bool = False


def is_requested(environ: "WSGIEnvironment") -> bool:
    tokens = {token.strip() for token in environ.get("HTTP_CONNECTION", "").lower().split(",")}
    return "upgrade" in tokens and environ.get("HTTP_UPGRADE", "").strip().lower() == "websocket"


def switch(environ: "WSGIEnvironment", start_response: "StartResponse") -> Connection:
    """Do the handshake and take the connection over. Raises ``NotUpgradable`` while an HTTP answer is still possible.

    The server is told status 101 for its access log. What it then writes fails, quietly, because the socket will have
    been shut down when the application returns: all servers know clients that hang up.
    """
    connection = _connection(environ)
    if not connection.is_upgraded:
        headers = [("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", _accept(environ))]
        head = "".join(f"{name}: {value}\r\n" for name, value in headers)
        connection.sock.sendall(f"HTTP/1.1 {_SWITCHING}\r\n{head}\r\n".encode())
        start_response(_SWITCHING, headers)
    return connection


def _accept(environ: "WSGIEnvironment") -> str:
    key = environ.get("HTTP_SEC_WEBSOCKET_KEY", "").strip()
    try:
        is_key = len(base64.b64decode(key, validate=True)) == 16
    except (binascii.Error, ValueError):
        is_key = False
    if not is_key or environ.get("HTTP_SEC_WEBSOCKET_VERSION") != "13" or environ["SERVER_PROTOCOL"] != "HTTP/1.1":
        raise NotUpgradable
    digest = hashlib.sha1((key + _GUID).encode(), usedforsecurity=False).digest()
    return base64.b64encode(digest).decode()


def _connection(environ: "WSGIEnvironment") -> Connection:
    if CONNECTION in environ:
        sock, reader = environ[CONNECTION]
        return Connection(sock, _buffered(sock, reader))
    if environ.get("wsgi.websocket") is not None:
        return _from_gevent_websocket(environ["wsgi.websocket"])
    if "gunicorn.socket" in environ:
        return Connection(environ["gunicorn.socket"], _read_ahead(environ["wsgi.input"]))
    if "werkzeug.socket" in environ:
        environ["werkzeug.socket"].settimeout(None)  # The one for requests.
        return Connection(environ["werkzeug.socket"])
    raise NotUpgradable


def _from_gevent_websocket(stock: Any) -> Connection:
    # Its handler has switched protocols already. Marked closed, it will not write a close frame of its own after ours.
    stock.closed = True
    handler = stock.handler
    return Connection(handler.socket, _buffered(handler.socket, handler.rfile), is_upgraded=True)


def _buffered(sock: socket.socket, reader: Any) -> bytes:
    sock.settimeout(0)
    try:
        return bytes(reader.peek())
    finally:
        sock.settimeout(None)


def _read_ahead(body: Any) -> bytes:
    unreader: Any = getattr(getattr(body, "reader", None), "unreader", None)
    return bytes(unreader.take_buffered()) if hasattr(unreader, "take_buffered") else b""
