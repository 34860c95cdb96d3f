"""Generated files: what plugins create for an agent, in a folder of that agent."""

from pathlib import Path
from uuid import UUID

from werkzeug.security import safe_join

from eliza.config import Settings
from eliza.db import Database, tables
from eliza.db.participation import in_channels_of
from eliza.media.uploads import FileNotFound


class GeneratedFiles:
    """A person may see such a file if a message of the agent in one of their channels shows it; see ``Uses``."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._root = settings.generated_dir.absolute()

    def path(self, agent_id: UUID, name: str, person: UUID | None = None) -> Path:
        """The path of a file inside the agent's folder; names and links that lead outside are not found.

        Raises ``FileNotFound``, also if no message has shown the file to ``person``.
        """
        if person is not None and not self._is_shown_to(person, agent_id, name):
            raise FileNotFound
        return _inside(self._root / str(agent_id), name)

    def _is_shown_to(self, person: UUID, agent_id: UUID, name: str) -> bool:
        use = tables.GeneratedUse
        with self._database.read():
            shown = use.select().join(tables.Message).where((use.agent_id == agent_id) & (use.name == name))
            return bool(in_channels_of(person, shown).exists())


def _inside(folder: Path, name: str) -> Path:
    joined = safe_join(str(folder), name)
    path = Path(joined).resolve() if joined else folder
    if not path.is_relative_to(folder.resolve()) or not _is_file(path):
        raise FileNotFound
    return path


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # A name that is longer than names can be.
        return False
