"""Kinds: what a file is, decided by what is in it and never by its name."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

import filetype  # type: ignore[import-untyped]  # It says no types of its own.

from eliza.errors import InvalidInput

Category = Literal["image", "video", "audio", "document"]

_HEAD = 8192
_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of file with the ending we give its name."""

    content_type: str
    extension: str

    @property
    def category(self) -> Category:
        family = self.content_type.partition("/")[0]
        return cast(Category, family) if family in {"image", "video", "audio"} else "document"


TEXT = Kind("text/plain", "txt")

ALLOWED = (
    Kind("image/jpeg", "jpg"),
    Kind("image/png", "png"),
    Kind("image/gif", "gif"),
    Kind("image/webp", "webp"),
    Kind("audio/mpeg", "mp3"),
    Kind("audio/wav", "wav"),
    Kind("audio/ogg", "ogg"),
    Kind("audio/webm", "webm"),
    Kind("audio/mp4", "m4a"),
    Kind("audio/aac", "aac"),
    Kind("audio/flac", "flac"),
    Kind("video/mp4", "mp4"),
    Kind("video/webm", "webm"),
    Kind("application/pdf", "pdf"),
    TEXT,
)
"""elizaOS's list. What a browser might run, markup of every kind, is not on it."""

_BY_TYPE = {kind.content_type: kind for kind in ALLOWED}
_OTHER_NAMES = {"audio/x-wav": "audio/wav", "audio/x-flac": "audio/flac", "image/apng": "image/png"}
_CONTAINERS = {"video/mp4": "audio/mp4", "video/webm": "audio/webm"}

_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_MARKUP = re.compile(
    rb"\A\s*<[!?/a-z]|<(?:!doctype|html|head|body|script|style|svg|iframe|object|embed|math)[\s/>]", re.IGNORECASE
)


class RefusedType(InvalidInput):
    """The file is of a type that is not accepted; the message names it and those that are."""

    status = 415
    code = "UNSUPPORTED_MEDIA_TYPE"

    def __init__(self, found: str, allowed: tuple[Kind, ...] = ALLOWED) -> None:
        types = [kind.content_type for kind in allowed]
        super().__init__(
            f"file: is {found}, which is not accepted. Accepted are {', '.join(types)}",
            details={"field": "file", "type": found, "allowed": types},
        )


def kind_of(path: Path, declared: str = "") -> Kind:
    """What the file at ``path`` is. Raises ``RefusedType``.

    ``declared`` is what the sender says it is. It is believed in one thing only: whether a container that may hold
    a film holds nothing but sound.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
    found = _guess(head)
    if found in _CONTAINERS and declared.startswith("audio/"):
        found = _CONTAINERS[found]
    if found in _BY_TYPE:
        return _BY_TYPE[found]
    # Some signatures are two letters, with which a text may well begin.
    if _is_text(path):
        return _require_plain(head)
    raise RefusedType(found or "of a type that nobody knows")


def sound_type(content: bytes) -> str:
    """The type of a sound that a model made; what bears no signature counts as MP3, which often has none."""
    found = _guess(content[:_HEAD])
    return found if found.startswith("audio/") else "audio/mpeg"


def _guess(head: bytes) -> str:
    guess = filetype.guess_mime(head) or ""
    return _OTHER_NAMES.get(guess, guess)


def _is_text(path: Path) -> bool:
    """True for UTF-8 to the last byte, without control characters."""
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    try:
        for chunk in _chunks(path):
            if _CONTROL.search(chunk):
                return False
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _require_plain(head: bytes) -> Kind:
    if _MARKUP.search(head.removeprefix(codecs.BOM_UTF8)):
        raise RefusedType(_markup(head.lower()))
    return TEXT


def _markup(head: bytes) -> str:
    if b"<svg" in head:
        return "image/svg+xml"
    return "application/xml" if b"<?xml" in head and b"<html" not in head else "text/html"
