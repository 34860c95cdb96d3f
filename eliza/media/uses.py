"""Uses: which messages show which files. They decide who may see a file, and when it is deleted.

A message counts as showing only files that its author may see: nobody gains access to a file by posting its address.
"""

import re
from collections.abc import Iterator, Mapping
from urllib.parse import unquote, urlsplit
from uuid import UUID

from eliza.db import Database, tables
from eliza.db.participation import in_channels_of, takes_part
from eliza.events import Message

_URL = re.compile(r"/media/uploads/(?:agents|channels)/[0-9A-Fa-f-]{36}/([0-9a-f]{32}\.[a-z0-9]{2,4})")
_GENERATED = re.compile(r"/media/generated/([0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})/([^\0]{1,1000})")
_MOST = 100


class Uses:
    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, message: Message) -> None:
        """Store which files a message shows. Call it in the unit of work that stores the message, so that the sweep
        never finds the file unused in between."""
        uploads, generated = names_in(message.raw, message.metadata), _generated_by(message)
        if uploads or generated:
            self._database.write(lambda: _note(message, uploads, generated))

    def revise(self, message: Message) -> None:
        """Remember what a changed message shows now, and no longer what it showed; to be called as ``note``."""
        uploads, generated = names_in(message.raw, message.metadata), _generated_by(message)
        self._database.write(lambda: _replace(message, uploads, generated))


def is_shown_to(person: UUID, upload_id: UUID) -> bool:
    """True if a message in one of their channels shows the upload. Call it within ``read`` or a unit of work."""
    shown = tables.UploadUse.select().join(tables.Message).where(tables.UploadUse.upload == upload_id)
    return bool(in_channels_of(person, shown).exists())


def names_in(*holders: Mapping[str, object] | None) -> list[str]:
    """The names of the uploads among the attachments that the parts of a message hold."""
    found = (name_in(url) for holder in holders for url in _urls(holder or {}))
    return list(dict.fromkeys(name for name in found if name))[:_MOST]


def name_in(url: str) -> str | None:
    """The name of the upload that a URL leads to, be it a whole one or only a path; None if to something else."""
    match = _URL.fullmatch(_path(url))
    return match[1] if match else None


def _generated_by(message: Message) -> list[str]:
    """The names of attached files that were generated for the author of the message."""
    matches = (
        _GENERATED.fullmatch(_path(url)) for part in (message.raw, message.metadata) for url in _urls(part or {})
    )
    found = (unquote(match[2]) for match in matches if match and UUID(match[1]) == message.author_id)
    return list(dict.fromkeys(name for name in found if "\0" not in name))[:_MOST]


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return ""


def _urls(holder: Mapping[str, object]) -> Iterator[str]:
    attachments = holder.get("attachments")
    for attachment in attachments if isinstance(attachments, list) else []:
        url = attachment.get("url") if isinstance(attachment, dict) else None
        if isinstance(url, str):
            yield url


def _replace(message: Message, uploads: list[str], generated: list[str]) -> None:
    use, upload, made = tables.UploadUse, tables.Upload, tables.GeneratedUse
    kept = upload.select(upload.id).where(upload.name.in_(uploads))
    use.delete().where((use.message == message.id) & use.upload.not_in(kept)).execute()
    made.delete().where((made.message == message.id) & made.name.not_in(generated)).execute()
    _note(message, uploads, generated)


def _note(message: Message, uploads: list[str], generated: list[str]) -> None:
    upload = tables.Upload
    shown = [row.id for row in upload.select().where(upload.name.in_(uploads)) if _may_show(message, row)]
    if shown:
        upload.update(was_used=True).where(upload.id.in_(shown)).execute()
        uses = [{"upload": upload_id, "message": message.id} for upload_id in shown]
        tables.UploadUse.insert_many(uses).on_conflict_ignore().execute()
    if generated:
        made = [{"agent_id": message.author_id, "name": name, "message": message.id} for name in generated]
        tables.GeneratedUse.insert_many(made).on_conflict_ignore().execute()


def _may_show(message: Message, upload: tables.Upload) -> bool:
    """True if the author uploaded it, may see it anyway, or if its sender is unknown."""
    author = message.author_id
    if upload.channel_id is not None:
        return upload.channel_id == message.channel_id or takes_part(author, upload.channel_id)
    return upload.sender_id in {None, author} or is_shown_to(author, upload.id)
