"""Shown: the files that a message shows, for the agents who are to answer it."""

from functools import partial
from uuid import UUID

from eliza.db import Database, tables
from eliza.media.disk import aside
from eliza.media.uploads import Upload, Uploads
from eliza.media.uses import names_in
from eliza.runtime.files import Attachment


class ShownFiles:
    """The ``Files`` of ``eliza.runtime``: uploads to this server; no address from outside is ever called."""

    def __init__(self, database: Database, uploads: Uploads) -> None:
        self._database = database
        self._uploads = uploads

    def of_message(self, message_id: UUID) -> list[Attachment]:
        with self._database.read():
            row = tables.Message.get_or_none(tables.Message.id == message_id)
            names = names_in(row.raw_message, row.metadata) if row else []
            found = [self._uploads.find(name) for name in names]
        return [self._attachment(upload) for upload in found if upload]

    def _attachment(self, upload: Upload) -> Attachment:
        return Attachment(upload.original_name, upload.content_type, upload.size, partial(self._read, upload))

    def _read(self, upload: Upload, most: int) -> bytes:
        def work() -> bytes:
            with self._uploads.path(upload).open("rb") as file:
                return file.read(most)

        return aside(work)
