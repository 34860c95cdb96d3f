"""Redaction: what is told of the log, here or to clients, opens no door."""

from collections.abc import Iterable, Iterator

from eliza import telltales
from eliza.config import Settings
from eliza.telltales import MASK, without_credentials

_SHORTEST = 8
"""What is shorter is found in innocent words, and guessed anyway."""
_MOST = 1000
"""So many are looked for in every line."""


class Redaction:
    """Masks the secrets that the server was set up with, those it learns, and whatever looks like a credential."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._given = {secret for secret in secrets if len(secret) >= _SHORTEST}
        self._learned: dict[str, None] = {}
        self._known = _longest_first(self._given)

    @classmethod
    def for_settings(cls, settings: Settings) -> "Redaction":
        return cls(_secrets(settings))

    def learn(self, secret: str) -> None:
        """Mask this from now on. Of very many the newest are known."""
        if len(secret) < _SHORTEST or secret in self._given or secret in self._learned:
            return
        self._learned = {**dict(list(self._learned.items())[1 - _MOST :]), secret: None}
        self._known = _longest_first({*self._given, *self._learned})

    def __call__(self, text: str) -> str:
        for secret in self._known:
            if secret in text:
                text = text.replace(secret, MASK)
        return without_credentials(text)


def _longest_first(secrets: Iterable[str]) -> tuple[str, ...]:
    """One secret may be a part of another."""
    return tuple(sorted(secrets, key=len, reverse=True))


def _secrets(settings: Settings) -> Iterator[str]:
    yield from (key for key in (settings.auth_token, settings.socket_token) if key)
    yield from settings.secret_keys
    yield from (value for name, value in settings.env.items() if telltales.NAME.search(name))
