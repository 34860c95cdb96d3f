"""Intake: a file on its way in. It is streamed to the disk and never whole in memory."""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from flask import request
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

from eliza.errors import NO_ROOM, DiskFull, ElizaError, InvalidInput
from eliza.http.body import TooSlow, has_come

LARGEST = 50 << 20
PART = ".part"
"""The ending of what is not yet whole."""

_FRAME = 1 << 16
_FIELD = 1 << 19
"""Bytes of one field that is no file. The parser counts the piece of the file it has in its hand, too."""
_PARTS = 20
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file that lies at ``path``, whole and not yet looked at; ``fields`` is what else the form says."""

    path: Path
    original_name: str
    declared_type: str
    size: int
    fields: Mapping[str, str]


class NoFile(InvalidInput):
    code = "INVALID_REQUEST"

    def __init__(self, why: str) -> None:
        super().__init__(f"file: {why}", details={"field": "file"})


class FileTooLarge(ElizaError):
    status = 413
    code = "FILE_TOO_LARGE"

    def __init__(self) -> None:
        super().__init__(f"file: must not have more than {LARGEST >> 20} MiB", details={"field": "file"})


class FormTooLarge(ElizaError):
    """The form around the file is too large, not the file itself."""

    status = 413
    code = "FORM_TOO_LARGE"

    def __init__(self) -> None:
        super().__init__(f"form: must have at most {_PARTS} parts, and no field of more than {_FIELD >> 10} KiB")


class StorageFull(ElizaError):
    """The quota of all uploads together is used up; a smaller file would be refused too."""

    status = 507
    code = "STORAGE_FULL"


@contextmanager
def incoming(folder: Path) -> Iterator[Incoming]:
    """The one file that the request's form holds in its field ``file``, put into ``folder``.

    It is gone when the block ends, unless the block has moved it. Raises ``NoFile``, ``FileTooLarge`` or ``DiskFull``.
    """
    parts = _Parts(folder)
    if request.mimetype != "multipart/form-data":
        raise NoFile("send a form (multipart/form-data) that holds the file")
    try:
        yield _received(parts)
    finally:
        parts.clear()


class _Parts:
    """The files that the form's parser writes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[Path, IO[bytes]] = {}

    def open(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{secrets.token_hex(16)}{PART}"
        self._files[path] = path.open("xb+")
        return self._files[path]

    def clear(self) -> None:
        for path, file in self._files.items():
            with suppress(OSError):  # A full disk takes none of what is still to be written.
                file.close()
            path.unlink(missing_ok=True)

    @property
    def largest(self) -> int:
        return max((path.stat().st_size for path in self._files), default=0)


def _received(parts: _Parts) -> Incoming:
    try:
        fields, files = _parsed(parts)
    except RequestEntityTooLarge:
        is_form = (request.content_length or 0) <= LARGEST + _FRAME and parts.largest < LARGEST
        raise (FormTooLarge if is_form else FileTooLarge) from None
    except (HTTPException, TooSlow):
        raise
    except OSError as failure:
        if failure.errno in NO_ROOM:
            raise DiskFull from failure
        if failure.errno is not None and not isinstance(failure, ConnectionError):
            raise
        raise NoFile("the form broke off") from None
    except Exception:  # Every server program has a failure of its own for a body that breaks off.
        if parts.largest > LARGEST:
            raise FileTooLarge from None
        raise NoFile("the form could not be read") from None
    has_come()
    return _incoming(_only(files), fields)


def _parsed(parts: _Parts) -> tuple[MultiDict[str, str], MultiDict[str, FileStorage]]:
    # Every other request has the limit for JSON.
    request.max_content_length = LARGEST + _FRAME
    parser = FormDataParser(parts.open, max_form_memory_size=_FIELD, max_form_parts=_PARTS, silent=False)
    _, fields, files = parser.parse(
        request.stream, request.mimetype, request.content_length, dict(request.mimetype_params)
    )
    return fields, files


def _only(files: MultiDict[str, FileStorage]) -> FileStorage:
    sent = list(files.items(multi=True))
    if [name for name, _ in sent] != ["file"]:
        raise NoFile(f"the form must hold exactly one file, in the field file, and holds {_names(sent)}")
    return sent[0][1]


def _names(sent: list[tuple[str, FileStorage]]) -> str:
    return ", ".join(name[:_LONGEST_NAME] for name, _ in sent) or "none"


def _incoming(file: FileStorage, fields: MultiDict[str, str]) -> Incoming:
    file.stream.flush()
    path = Path(file.stream.name)
    size = path.stat().st_size
    if size == 0:
        raise NoFile("must not be empty")
    if size > LARGEST:
        raise FileTooLarge
    return Incoming(path, _plain_name(file.filename), file.mimetype, size, fields.to_dict())


def _plain_name(name: str | None) -> str:
    """What the sender calls the file, without the folders it lay in and what no file name should hold."""
    last = (name or "").replace("\\", "/").rpartition("/")[2]
    plain = "".join(character for character in last if character.isprintable()).strip(" .")
    return plain[:_LONGEST_NAME] or "file"
