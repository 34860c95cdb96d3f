"""Redaction: what clients are told of the log opens no door."""

import re
from collections.abc import Iterable, Iterator

from eliza import telltales
from eliza.config import Settings
from eliza.telltales import MASK, without_passwords

_SHORTEST = 8
"""What is shorter is found in innocent words, and guessed anyway."""


class Redaction:
    """Masks the secrets that the server was set up with, and passwords inside of URLs."""

    def __init__(self, secrets: Iterable[str]) -> None:
        longest_first = sorted({secret for secret in secrets if len(secret) >= _SHORTEST}, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    @classmethod
    def for_settings(cls, settings: Settings) -> "Redaction":
        return cls(_secrets(settings))

    def __call__(self, text: str) -> str:
        return without_passwords(self._known.sub(MASK, text) if self._known else text)


def _secrets(settings: Settings) -> Iterator[str]:
    yield from (key for key in (settings.auth_token, settings.socket_token) if key)
    yield from (value for name, value in settings.env.items() if telltales.NAME.search(name))
