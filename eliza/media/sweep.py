"""Sweep: deletes the files that nobody can see any more, whatever made them so and whenever a process died."""

import logging
import re
import time
from collections.abc import Iterator
from pathlib import Path

from peewee import Expression

from eliza.background import Background
from eliza.db import Database, tables
from eliza.db.rows import column
from eliza.events import AgentDeleted, Bus, ChannelCleared, ChannelDeleted, MessageChanged, MessageDeleted
from eliza.ids import DEFAULT_MESSAGE_SERVER
from eliza.media.intake import PART
from eliza.media.uploads import Uploads

log = logging.getLogger(__name__)

_AT_ONCE = 200
_EVERY_SECONDS = 600
_GRACE_SECONDS = 3600
"""How long a file may lie without a row: longer than any upload takes."""
_OURS = re.compile(rf"[0-9a-f]{{32}}(?:\.[a-z0-9]{{2,4}}|{re.escape(PART)})")
"""Names that we give. What else lies there was put there by somebody else."""


class Sweep:
    """Any number of workers may sweep at the same time: what one has deleted the others do not find."""

    def __init__(self, database: Database, uploads: Uploads) -> None:
        self._database = database
        self._uploads = uploads
        self._is_due = False

    def listen(self, bus: Bus, background: Background) -> None:
        """Sweep soon after something was changed or deleted, and everything from time to time."""

        def soon(_event: object) -> None:
            if not self._is_due:
                self._is_due = True
                background.run(self.unneeded)

        for kind in (MessageChanged, MessageDeleted, ChannelCleared, ChannelDeleted, AgentDeleted):
            bus.subscribe(kind, soon)
        background.every(_EVERY_SECONDS, self.everything)

    def everything(self) -> None:
        self.unneeded()
        self.strays()

    def unneeded(self) -> None:
        """Delete uploads that no message shows any more, and those whose agent or channel is gone."""
        self._is_due = False
        gone = 0
        while found := self._uploads.delete(_unneeded(), limit=_AT_ONCE):
            gone += found
        if gone:
            log.info("uploads deleted", extra={"count": gone})

    def strays(self) -> None:
        """Delete files without a row that have lain there for long: a process died between the two.

        What is whole and older than the database stays, for it may have its row in another.
        """
        began = self._began()
        for root in self._uploads.roots.values():
            for folder in _folders(root):
                self._clear(folder, began)

    def _began(self) -> float:
        """When this database was made."""
        with self._database.read():
            return float(tables.MessageServer.get_by_id(DEFAULT_MESSAGE_SERVER).created_at.timestamp())

    def _clear(self, folder: Path, began: float) -> None:
        old = [path for path in folder.iterdir() if _is_left_over(path, began)]
        for at in range(0, len(old), _AT_ONCE):
            some = old[at : at + _AT_ONCE]
            known = self._known([path.name for path in some])
            for path in some:
                if path.name not in known:
                    path.unlink(missing_ok=True)
                    log.info("stray file deleted", extra={"file": path.name})

    def _known(self, names: list[str]) -> set[str]:
        with self._database.read():
            return set(column(tables.Upload.select(tables.Upload.name).where(tables.Upload.name.in_(names))))


def _unneeded() -> Expression:
    upload, use = tables.Upload, tables.UploadUse
    used = use.select(use.upload)
    agents, channels = tables.Agent.select(tables.Agent.id), tables.Channel.select(tables.Channel.id)
    return (
        (upload.was_used & upload.id.not_in(used))
        | (upload.agent_id.is_null(False) & upload.agent_id.not_in(agents))
        | (upload.channel_id.is_null(False) & upload.channel_id.not_in(channels))
    )


def _folders(root: Path) -> Iterator[Path]:
    if root.is_dir():
        yield from (path for path in root.iterdir() if path.is_dir())


def _is_left_over(path: Path, began: float) -> bool:
    try:
        written = path.stat().st_mtime
    except FileNotFoundError:  # Another worker was faster.
        return False
    is_ours = _OURS.fullmatch(path.name) is not None and (path.suffix == PART or written >= began)
    return is_ours and time.time() - written > _GRACE_SECONDS
