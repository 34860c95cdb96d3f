"""Redaction: removes secrets from the log, both in the output and for clients."""

from collections.abc import Iterable, Iterator

from eliza import telltales
from eliza.config import Settings
from eliza.telltales import MASK, without_credentials

_SHORTEST = 8
"""What is shorter is found in innocent words, and guessed anyway."""
_MOST = 1000
"""How many secrets are searched for in every line."""


class Redaction:
    """Masks the secrets in the settings, those told to ``learn``, and all that looks like a credential."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._given = {secret for secret in secrets if len(secret) >= _SHORTEST}
        self._learned: dict[str, None] = {}
        self._known = _longest_first(self._given)

    @classmethod
    def for_settings(cls, settings: Settings) -> "Redaction":
        return cls(_secrets(settings))

    def learn(self, secret: str) -> None:
        """Mask this text from now on. Only the newest ones are kept if there are very many."""
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
    """Longest first, because one secret may be a part of another."""
    return tuple(sorted(secrets, key=len, reverse=True))


def _secrets(settings: Settings) -> Iterator[str]:
    yield from (key for key in (settings.auth_token, settings.socket_token) if key)
    yield from settings.secret_keys
    yield from (value for name, value in settings.env.items() if telltales.NAME.search(name))
