"""Kinds: a file is what is in it, and what might run is nothing we take."""

from pathlib import Path

import pytest

from eliza.media.kinds import RefusedType, kind_of
from tests.media.sending import HTML, MP3

WEBM = b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm" + bytes(20)
MP4 = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(20)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file.png"


@pytest.mark.parametrize(
    ("content", "declared", "content_type", "extension", "category"),
    [
        (b"\xff\xd8\xff\xe0" + bytes(20), "", "image/jpeg", "jpg", "image"),
        (b"GIF89a" + bytes(20), "", "image/gif", "gif", "image"),
        (b"RIFF\x10\0\0\0WEBPVP8 " + bytes(20), "", "image/webp", "webp", "image"),
        (MP3, "", "audio/mpeg", "mp3", "audio"),
        (b"RIFF\x10\0\0\0WAVEfmt " + bytes(20), "", "audio/wav", "wav", "audio"),
        (b"OggS" + bytes(20), "", "audio/ogg", "ogg", "audio"),
        (b"fLaC" + bytes(20), "", "audio/flac", "flac", "audio"),
        (WEBM, "", "video/webm", "webm", "video"),
        (WEBM, "audio/webm", "audio/webm", "webm", "audio"),
        (MP4, "image/png", "video/mp4", "mp4", "video"),
        (MP4, "audio/mp4", "audio/mp4", "m4a", "audio"),
        (b"%PDF-1.7\n", "text/html", "application/pdf", "pdf", "document"),
        ("Tee für zwei, bitte: 1 < 2 ☕\n".encode(), "", "text/plain", "txt", "document"),
        (b"BMW is a company", "", "text/plain", "txt", "document"),
    ],
    ids=["jpg", "gif", "webp", "mp3", "wav", "ogg", "flac", "webm", "sound", "mp4", "m4a", "pdf", "text", "no bitmap"],
)
def test_the_type_comes_from_the_content(
    path: Path, content: bytes, declared: str, content_type: str, extension: str, category: str
) -> None:
    path.write_bytes(content)

    kind = kind_of(path, declared)

    assert (kind.content_type, kind.extension, kind.category) == (content_type, extension, category)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (HTML, "text/html"),
        (b"\xef\xbb\xbf  <HTML>", "text/html"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "image/svg+xml"),
        (b"<?xml version='1.0'?><a/>", "application/xml"),
        (b"Hello <script>alert(1)</script>", "text/html"),
        (b"PK\x03\x04" + bytes(40), "application/zip"),
        (b"MZ" + bytes(40), "application/x-msdownload"),
        (b"caf\xe9", "nobody knows"),
        (b"a" * 70_000 + b"\xc3", "nobody knows"),
        (b"a\0b", "nobody knows"),
    ],
    ids=[
        *("html", "html after a mark", "svg", "xml", "script in a text", "zip", "program"),
        *("not utf-8", "cut off at the end", "binary"),
    ],
)
def test_what_is_not_on_the_list_is_refused_by_name(path: Path, content: bytes, found: str) -> None:
    path.write_bytes(content)

    with pytest.raises(RefusedType, match=found.replace("+", r"\+")) as raised:
        kind_of(path, "image/png")

    assert "image/png" in str(raised.value)
