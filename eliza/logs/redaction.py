"""Redaction: what clients are told of the log opens no door."""

import re
from collections.abc import Iterable, Iterator

from eliza.config import Settings

_MASK = "********"
_SHORTEST = 8
"""What is shorter is found in innocent words, and guessed anyway."""

_TELLTALE = re.compile("key|token|secret|passw|passphrase|pwd|credential|creds", re.IGNORECASE)
_URL_PASSWORD = re.compile(r"(://[^\s/:@]*:)[^\s/]+(?=@)")


class Redaction:
    """Masks the secrets that the server was set up with, and passwords inside of URLs."""

    def __init__(self, secrets: Iterable[str]) -> None:
        longest_first = sorted({secret for secret in secrets if len(secret) >= _SHORTEST}, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    @classmethod
    def for_settings(cls, settings: Settings) -> "Redaction":
        return cls(_secrets(settings))

    def __call__(self, text: str) -> str:
        text = self._known.sub(_MASK, text) if self._known else text
        return _URL_PASSWORD.sub(rf"\g<1>{_MASK}", text) if "://" in text else text


def _secrets(settings: Settings) -> Iterator[str]:
    yield from (key for key in (settings.auth_token, settings.socket_token) if key)
    yield from (value for name, value in settings.env.items() if _TELLTALE.search(name))
