"""Safe: the secrets of agents lie locked away in the database, and open in memory."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

import orjson

from eliza.telltales import Path, changed, without_credentials
from eliza.vault.vault import PREFIX, Vault


class CharacterSecrets:
    """What answers mask is what is locked away: so one look at an agent tells what is safe.

    ``learn`` is told every secret that passes, so that the log does not show it.
    """

    def __init__(self, vault: Vault, learn: Callable[[str], None]) -> None:
        self._vault = vault
        self._learn = learn

    def encrypt(self, agent_id: UUID, column: str, value: Any) -> Any:
        """What is to be stored in a column of an agent. It opens in that column of that agent only."""
        return changed(value, partial(self._encrypted, agent_id), path=(column,))

    def decrypt(self, agent_id: UUID, column: str, stored: Any) -> Any:
        """What was locked, and what never was, as it is. Raises ``Undecipherable``."""
        return changed(stored, partial(self._decrypted, agent_id), path=(column,))

    def _encrypted(self, agent_id: UUID, value: Any, path: Path, is_secret: bool) -> Any:
        if not is_secret and not _needs_encryption(value):
            return value
        self._tell(value, is_secret)
        return self._vault.encrypt(orjson.dumps(value).decode(), place=_place(agent_id, path))

    def _decrypted(self, agent_id: UUID, stored: Any, path: Path, is_secret: bool) -> Any:
        if not is_encrypted(stored):
            return stored
        value = orjson.loads(self._vault.decrypt(stored, place=_place(agent_id, path)))
        self._tell(value, is_secret)
        return value

    def _tell(self, value: Any, is_secret: bool) -> None:
        if is_secret and isinstance(value, str):
            self._learn(value)


def is_encrypted(stored: Any) -> bool:
    return isinstance(stored, str) and stored.startswith(PREFIX)


def _needs_encryption(value: Any) -> bool:
    """True for a text that holds a credential, and for one that only looks as if it were locked."""
    return isinstance(value, str) and (is_encrypted(value) or without_credentials(value) != value)


def _place(agent_id: UUID, path: Path) -> str:
    return f"agent {agent_id} {orjson.dumps(path).decode()}"
