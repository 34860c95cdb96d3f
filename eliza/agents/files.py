"""Files: the character files an installation brings, and the agent that is there when it brings none."""

import hashlib
import logging
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from eliza.agents.agents import AgentExists, Agents
from eliza.agents.masks import unmasked
from eliza.errors import ElizaError, InvalidInput
from eliza.http.body import strict_json
from eliza.runtime.character import Character

log = logging.getLogger(__name__)

_DEFAULT = Path(__file__).parent / "eliza.json"


class UnreadableCharacter(InvalidInput):
    code = "UNREADABLE_CHARACTER"

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"Character file {path.name}: {why}")


class CharacterFiles:
    """``named`` are files the operator listed; every ``.json`` in ``directory`` comes with them."""

    def __init__(self, agents: Agents, directory: Path, named: Sequence[Path] = ()) -> None:
        self._agents = agents
        self._directory = directory
        self._named = tuple(named)

    def load(self) -> None:
        """Take in every file that is new or has changed since it was last read; edits over the API stay otherwise.

        A file that cannot be used is reported and keeps nobody else from loading. An installation without a single
        agent gets the default one.
        """
        for path in self._paths():
            try:
                self._take_in(path)
            except ElizaError as failure:
                log.error("character not loaded: %s", failure.message, extra={"file": str(path)})
        if not self._agents.all():
            self._take_in(_DEFAULT)

    def _paths(self) -> Iterator[Path]:
        yield from self._named
        if self._directory.is_dir():
            yield from sorted(self._directory.glob("*.json"))

    def _take_in(self, path: Path) -> None:
        raw = _bytes(path)
        digest = hashlib.sha256(raw).hexdigest()
        character = read(path, raw)
        known = self._agents.find(character.id)
        if known is None:
            self._add(character, digest)
        elif known.source_hash != digest:
            self._agents.replace(character, source_hash=digest)
        if character.unknown_keys:
            log.warning(
                "character has keys that mean nothing here; they are kept",
                extra={"character": character.name, "keys": list(character.unknown_keys)},
            )

    def _add(self, character: Character, digest: str) -> None:
        # Workers that start together all find the agent missing, and one of them is first.
        with suppress(AgentExists):
            self._agents.add(character, active=True, source_hash=digest)


def read(path: Path, raw: bytes | None = None) -> Character:
    """The character in a file. Raises ``UnreadableCharacter`` or ``InvalidCharacter``."""
    try:
        written = strict_json((_bytes(path) if raw is None else raw).removeprefix(BOM_UTF8))
    except ValueError as failure:
        raise UnreadableCharacter(path, str(failure)) from None
    if not isinstance(written, dict):
        raise UnreadableCharacter(path, "must be a JSON object")
    return taken(written)


def taken(written: Mapping[str, Any]) -> Character:
    """The character somebody brings. Masks, which stand for secrets where an agent was shown, stand for nothing here.

    Raises ``InvalidCharacter``.
    """
    return Character.parse(unmasked(written, {}))


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as failure:
        raise UnreadableCharacter(path, failure.strerror or "cannot be read") from None
