"""Lost key: removes the secrets that nobody can decrypt any more."""

from typing import Any

from eliza.agents.secrets import is_encrypted
from eliza.db import Database, tables
from eliza.telltales import Path, changed


def give_up_secrets(database: Database) -> int:
    """Empty all encrypted values, and let the next start create another key. Returns how many agents had secrets.

    The names of the secrets stay, so that people see which ones they have to enter again.
    """
    agent = tables.Agent

    def work() -> int:
        count = 0
        for row in list(agent.select(agent.id, agent.settings, agent.extra)):
            kept = {"settings": changed(row.settings, _kept), "extra": changed(row.extra, _kept)}
            if kept != {"settings": row.settings, "extra": row.extra}:
                count += agent.update(**kept).where(agent.id == row.id).execute()
        tables.KeyCheck.delete().execute()
        return count

    return database.write(work)


def _kept(stored: Any, _path: Path, _is_secret: bool) -> Any:
    return "" if is_encrypted(stored) else stored
