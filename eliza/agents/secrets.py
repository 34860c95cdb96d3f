"""Secrets of characters: encrypted in the database, plain in memory."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

import orjson

from eliza.telltales import Path, changed, without_credentials
from eliza.vault.vault import PREFIX, Vault


class CharacterSecrets:
    """Encrypts exactly the values that API answers mask, so an answer shows which values are encrypted.

    ``learn`` is called with every secret, so that the log can redact it.
    """

    def __init__(self, vault: Vault, learn: Callable[[str], None]) -> None:
        self._vault = vault
        self._learn = learn

    def encrypt(self, agent_id: UUID, column: str, value: Any) -> Any:
        """The value to store in a column of an agent. It can be decrypted only for that column of that agent."""
        return changed(value, partial(self._encrypted, agent_id), path=(column,))

    def decrypt(self, agent_id: UUID, column: str, stored: Any) -> Any:
        """The plain value of a stored one. Values that are not encrypted are kept. Raises ``Undecipherable``."""
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
    """True for a text that contains a credential, or that could be mistaken for an encrypted one."""
    return isinstance(value, str) and (is_encrypted(value) or without_credentials(value) != value)


def _place(agent_id: UUID, path: Path) -> str:
    return f"agent {agent_id} {orjson.dumps(path).decode()}"
