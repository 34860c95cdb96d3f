"""Uses: which messages show which uploads, so that a file can go with the last message that shows it."""

import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit
from uuid import UUID

from eliza.db import Database, tables
from eliza.events import Message

_URL = re.compile(r"/media/uploads/(?:agents|channels)/[0-9A-Fa-f-]{36}/([0-9a-f]{32}\.[a-z0-9]{2,4})")
_MOST = 100


class Uses:
    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, message: Message) -> None:
        """Remember which uploads a message shows. Called in the unit of work that stores it, it leaves no moment in
        which the file seems to be shown by nobody."""
        names = names_in(message.raw, message.metadata)
        if names:
            self._database.write(lambda: self._note(message.id, names))

    def revise(self, message: Message) -> None:
        """Remember what a changed message shows now, and no longer what it showed; to be called as ``note``."""
        names = names_in(message.raw, message.metadata)
        self._database.write(lambda: self._replace(message.id, names))

    def _replace(self, message_id: UUID, names: list[str]) -> None:
        use, upload = tables.UploadUse, tables.Upload
        kept = upload.select(upload.id).where(upload.name.in_(names))
        use.delete().where((use.message == message_id) & use.upload.not_in(kept)).execute()
        if names:
            self._note(message_id, names)

    def _note(self, message_id: UUID, names: list[str]) -> None:
        shown = tables.Upload.name.in_(names)
        tables.Upload.update(was_used=True).where(shown).execute()
        uses = [{"upload": row.id, "message": message_id} for row in tables.Upload.select().where(shown)]
        if uses:
            tables.UploadUse.insert_many(uses).on_conflict_ignore().execute()


def names_in(*holders: Mapping[str, object] | None) -> list[str]:
    """The names of the uploads among the attachments that the parts of a message hold."""
    found = (name_in(url) for holder in holders for url in _urls(holder or {}))
    return list(dict.fromkeys(name for name in found if name))[:_MOST]


def name_in(url: str) -> str | None:
    """The name of the upload that a URL leads to, be it a whole one or only a path; None if to something else."""
    try:
        path = urlsplit(url).path
    except ValueError:
        return None
    match = _URL.fullmatch(path)
    return match[1] if match else None


def _urls(holder: Mapping[str, object]) -> Iterator[str]:
    attachments = holder.get("attachments")
    for attachment in attachments if isinstance(attachments, list) else []:
        url = attachment.get("url") if isinstance(attachment, dict) else None
        if isinstance(url, str):
            yield url
