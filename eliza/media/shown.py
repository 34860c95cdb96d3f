"""Shown: the attachments of a message, for the agents that answer it: uploads, and pictures on the web."""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import UUID

from eliza.db import Database, tables
from eliza.media.disk import aside
from eliza.media.uploads import Upload, Uploads
from eliza.media.uses import name_in
from eliza.outgoing import Outgoing
from eliza.runtime.files import Attachment

_PICTURE_SECONDS = 10
_PICTURE_TYPE = re.compile(r"image(?:/[\w.+-]{1,60})?", re.ASCII)
_PICTURE_NAME = re.compile(r"\.(?:png|jpe?g|gif|webp)\Z", re.IGNORECASE)


class ShownFiles:
    """The ``Files`` of ``eliza.runtime``. From the web only pictures are fetched, when they are read."""

    def __init__(self, database: Database, uploads: Uploads, outgoing: Outgoing) -> None:
        self._database = database
        self._uploads = uploads
        self._outgoing = outgoing

    def of_message(self, message_id: UUID) -> list[Attachment]:
        with self._database.read():
            row = tables.Message.get_or_none(tables.Message.id == message_id)
            shown = {upload.name: upload for upload in self._uploads.shown_in(message_id)}
        written = _attachments(row.raw_message, row.metadata) if row else {}
        found = (self._attachment(url, said, shown) for url, said in written.items())
        return [attachment for attachment in found if attachment]

    def _attachment(self, url: str, said: Mapping[str, Any], shown: Mapping[str, Upload]) -> Attachment | None:
        name = name_in(url)
        if name is None:
            return self._picture(url, said)
        upload = shown.get(name)
        if upload is None:
            return None
        return Attachment(upload.original_name, upload.content_type, upload.size, partial(self._read, upload))

    def _picture(self, url: str, said: Mapping[str, Any]) -> Attachment | None:
        path = _web_path(url)
        if path is None:
            return None
        declared = str(said.get("contentType") or "")
        is_declared = _PICTURE_TYPE.fullmatch(declared) is not None
        if not is_declared and not _PICTURE_NAME.search(path):
            return None
        name = said.get("title") or unquote(path.rpartition("/")[2]) or "picture"
        return Attachment(str(name), declared if is_declared else "image", 0, partial(self._fetch, url))

    def _read(self, upload: Upload, most: int) -> bytes:
        def work() -> bytes:
            with self._uploads.path(upload).open("rb") as file:
                return file.read(most)

        return aside(work)

    def _fetch(self, url: str, most: int) -> bytes:
        return self._outgoing.fetch(url, most_bytes=most, seconds=_PICTURE_SECONDS, accept="image/*").content


def _attachments(*holders: Mapping[str, Any] | None) -> dict[str, Mapping[str, Any]]:
    """The metadata of each attachment by its URL, without repetition."""
    found: dict[str, Mapping[str, Any]] = {}
    for url, said in (pair for holder in holders for pair in _pairs(holder or {})):
        found.setdefault(url, said)
    return found


def _pairs(holder: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    attachments = holder.get("attachments")
    for said in attachments if isinstance(attachments, list) else []:
        if isinstance(said, dict) and isinstance(said.get("url"), str):
            yield said["url"], said


def _web_path(url: str) -> str | None:
    """The path of an http or https URL; None for anything else."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return parts.path if parts.scheme in {"http", "https"} else None
