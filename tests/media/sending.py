"""Sending: the files that the tests send, and how."""

import struct
import zlib
from io import BytesIO
from typing import Any

from tests.house_kit import Answer, House, Json

MP3 = b"ID3\x04\x00\x00\x00\x00\x00\x00" + bytes(90)
HTML = b"<!DOCTYPE html><html><script>alert(1)</script></html>"


def png() -> bytes:
    """A picture of one pixel."""
    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    parts = _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(b"\0\0")) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def send(house: House, path: str, content: bytes, name: str = "file", *, declared: str = "", **more: Any) -> Answer:
    """Send a file in the field ``file`` of a form, with other fields and headers."""
    headers = more.pop("headers", None)
    return house.http.post(path, headers=headers, **form_of(content, name, declared=declared, **more))


def form_of(content: bytes, name: str = "file", *, declared: str = "", **more: Any) -> dict[str, Any]:
    """What a request says that sends this file, and other fields with it."""
    form: dict[str, Any] = {"file": (BytesIO(content), name, declared or "application/octet-stream"), **more}
    return {"data": form, "content_type": "multipart/form-data"}


def to_agent(house: House, content: bytes, name: str = "file", **more: Any) -> Answer:
    return send(house, f"/api/media/agents/{house.eliza}/upload-media", content, name, **more)


def uploaded(answer: Answer) -> Json:
    assert answer.status_code == 200, answer.text
    found: Json = answer.json["data"]
    return found


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
