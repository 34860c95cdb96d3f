"""Uploads: the files people send, each with a row, a name of ours and an owner it is gone with."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, cast
from uuid import UUID

from peewee import Expression, fn

from eliza.clock import Clock
from eliza.config import Settings
from eliza.db import Database, tables
from eliza.db.participation import takes_part
from eliza.db.rows import column
from eliza.errors import NotFound
from eliza.ids import new_id
from eliza.media.disk import aside, settle
from eliza.media.intake import Incoming, StorageFull
from eliza.media.kinds import Kind, kind_of
from eliza.media.uses import is_shown_to

Owners = Literal["agents", "channels"]


@dataclass(frozen=True, slots=True)
class Owner:
    """Whom a file belongs to: an agent or a channel."""

    kind: Owners
    id: UUID


@dataclass(frozen=True, slots=True)
class Upload:
    id: UUID
    owner: Owner
    name: str
    original_name: str
    content_type: str
    size: int
    created_at: datetime
    sender_id: UUID | None = None
    """Who sent it; None if unknown."""

    @property
    def kind(self) -> Kind:
        return Kind(self.content_type, self.name.rpartition(".")[2])

    @property
    def url(self) -> str:
        return f"/media/uploads/{self.owner.kind}/{self.owner.id}/{self.name}"

    @property
    def saved_name(self) -> str:
        """Its sender's name for it, with the ending of what it is."""
        return f"{Path(self.original_name).stem}.{self.kind.extension}"


class OwnerNotFound(NotFound):
    def __init__(self, owner: Owner) -> None:
        super().__init__(f"{'Agent' if owner.kind == 'agents' else 'Channel'} {owner.id} not found")


class FileNotFound(NotFound):
    def __init__(self) -> None:
        super().__init__("File not found")


class Uploads:
    """Rows in the database, files in a folder for each owner."""

    def __init__(self, database: Database, clock: Clock, settings: Settings) -> None:
        self._database = database
        self._clock = clock
        self._quota = settings.upload_quota
        self.roots: dict[Owners, Path] = {
            "agents": settings.agent_uploads_dir.absolute(),
            "channels": settings.channel_uploads_dir.absolute(),
        }

    def folder(self, owner: Owner) -> Path:
        return self.roots[owner.kind] / str(owner.id)

    def path(self, upload: Upload) -> Path:
        return self.folder(upload.owner) / upload.name

    def require_welcome(self, owner: Owner, size: int) -> None:
        """Raises ``OwnerNotFound``, or ``StorageFull`` for a file of that size, before any of it is read."""
        with self._database.read():
            _require_owner(owner)
            self._require_room(size)

    def keep(self, owner: Owner, sent: Incoming, sender_id: UUID | None = None) -> Upload:
        """Take in a file that ``sender_id`` sent. Raises ``RefusedType``, ``OwnerNotFound`` or ``StorageFull``.

        A file that is on the disk and whose row was never written is found by the sweep.
        """
        kind = aside(lambda: kind_of(sent.path, sent.declared_type))
        upload = self._made(owner, sent, kind, sender_id)
        path = self.path(upload)
        aside(lambda: settle(sent.path, path))
        try:
            self._database.write(lambda: self._insert(upload))
        except Exception:
            path.unlink(missing_ok=True)
            raise
        return upload

    def get(self, owner: Owner, name: str, person: UUID | None = None) -> Upload:
        """Raises ``FileNotFound``, also if ``person`` is given and may not see the file.

        They may see files of channels they take part in, files they sent themselves, and files that a message in
        one of their channels shows.
        """
        upload = self.find(name)
        if upload is None or upload.owner != owner or not (person is None or self._is_within(upload, person)):
            raise FileNotFound
        return upload

    def shown_in(self, message_id: UUID) -> list[Upload]:
        """The uploads that a message shows, as ``Uses`` noted them: only those that its author may see."""
        use, upload = tables.UploadUse, tables.Upload
        with self._database.read():
            rows = upload.select().join(use).where(use.message == message_id)
            return [_upload(row) for row in rows.order_by(upload.created_at, upload.id)]

    def _is_within(self, upload: Upload, person: UUID) -> bool:
        with self._database.read():
            if upload.owner.kind == "channels":
                return takes_part(person, upload.owner.id)
            return upload.sender_id == person or is_shown_to(person, upload.id)

    def find(self, name: str) -> Upload | None:
        """The upload of that name, which is unlike every other's."""
        with self._database.read():
            row = tables.Upload.get_or_none(tables.Upload.name == name)
            return None if row is None else _upload(row)

    def delete(self, which: Expression, *, limit: int) -> int:
        """Delete up to ``limit`` uploads for which ``which`` holds, rows first and then files; how many there were."""

        def work() -> list[Upload]:
            found = tables.Upload.id.in_(self._locked(which, limit))
            # A message that shows one of them may have been stored while we waited.
            gone = [_upload(row) for row in tables.Upload.select().where(found & which)]
            tables.Upload.delete().where(tables.Upload.id.in_([upload.id for upload in gone])).execute()
            return gone

        gone = self._database.write(work)
        for upload in gone:
            self.path(upload).unlink(missing_ok=True)
        return len(gone)

    def _locked(self, which: Expression, limit: int) -> list[UUID]:
        found = column(tables.Upload.select(tables.Upload.id).where(which).order_by(tables.Upload.id).limit(limit))
        for upload_id in found:
            self._database.lock(tables.Upload, upload_id)
        return found

    def _made(self, owner: Owner, sent: Incoming, kind: Kind, sender_id: UUID | None) -> Upload:
        return Upload(
            id=new_id(),
            owner=owner,
            name=f"{secrets.token_hex(16)}.{kind.extension}",
            original_name=sent.original_name,
            content_type=kind.content_type,
            size=sent.size,
            created_at=self._clock.now(),
            sender_id=sender_id,
        )

    def _insert(self, upload: Upload) -> None:
        _require_owner(upload.owner)
        self._require_room(upload.size)
        tables.Upload.create(
            id=upload.id,
            agent_id=upload.owner.id if upload.owner.kind == "agents" else None,
            channel_id=upload.owner.id if upload.owner.kind == "channels" else None,
            name=upload.name,
            original_name=upload.original_name,
            content_type=upload.content_type,
            size=upload.size,
            created_at=upload.created_at,
            sender_id=upload.sender_id,
        )

    def _require_room(self, size: int) -> None:
        used = tables.Upload.select(fn.COALESCE(fn.SUM(tables.Upload.size), 0)).scalar()
        if int(used) + size > self._quota:
            raise StorageFull(f"Uploads may take {self._quota >> 20} MiB in all, and there is no room for this one")


def _require_owner(owner: Owner) -> None:
    table: type[tables.Agent | tables.Channel] = tables.Agent if owner.kind == "agents" else tables.Channel
    if not table.select().where(table.id == owner.id).exists():
        raise OwnerNotFound(owner)


def _upload(row: tables.Upload) -> Upload:
    owner = Owner("agents", row.agent_id) if row.agent_id else Owner("channels", cast(UUID, row.channel_id))
    return Upload(row.id, owner, row.name, row.original_name, row.content_type, row.size, row.created_at, row.sender_id)
