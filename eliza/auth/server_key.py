"""ServerKey: the one key that ``ELIZA_SERVER_AUTH_TOKEN`` sets. Whoever has it is the operator."""

import hmac

from eliza.access.doorkeeper import CredentialRefused, CredentialRequired, Presented
from eliza.access.principal import LOOPBACK, OPERATOR, Principal


class ServerKey:
    """A doorkeeper that knows no other credential."""

    def __init__(self, key: str | None) -> None:
        self._key = None if key is None else key.encode()

    @property
    def is_open(self) -> bool:
        return self._key is None

    def admit(self, presented: Presented) -> Principal:
        given = presented.key or presented.bearer
        if self._key is None:
            return LOOPBACK
        if given is None:
            raise CredentialRequired
        if not hmac.compare_digest(given.encode(), self._key):
            raise CredentialRefused
        return OPERATOR

    def recall(self, credential: str) -> Principal:
        if credential != self.admitted.credential:
            raise CredentialRefused
        return self.admitted

    @property
    def admitted(self) -> Principal:
        """Who comes in."""
        return LOOPBACK if self._key is None else OPERATOR
