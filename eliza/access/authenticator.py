"""Authenticator: the credentials of a request, and the protocol that finds out whose they are."""

from dataclasses import dataclass, field
from typing import Protocol

from eliza.access.principal import Principal
from eliza.errors import ElizaError


@dataclass(frozen=True, slots=True)
class Presented:
    """The credentials of a request or a handshake. If there are several, the first in this order counts.

    ``key`` is the server's own key or a named one, ``bearer`` either of these or a token, ``cookie`` a login.
    """

    key: str | None = field(default=None, repr=False)
    bearer: str | None = field(default=None, repr=False)
    cookie: str | None = field(default=None, repr=False)

    def __bool__(self) -> bool:
        return bool(self.key or self.bearer or self.cookie)


def bearer_of(authorization: str) -> str | None:
    """The bearer token of an ``Authorization`` header; None for another scheme or an empty token."""
    scheme, _, token = authorization.partition(" ")
    return (token.strip() or None) if scheme.lower() == "bearer" else None


class CredentialRequired(ElizaError):
    """No credential was sent, and the server requires one."""

    status = 401
    code = "API_KEY_REQUIRED"

    def __init__(self) -> None:
        super().__init__("Send a key in the X-API-KEY header, or a key or token as Authorization: Bearer")


class CredentialRefused(ElizaError):
    """The credential is unknown, expired or revoked."""

    status = 401
    code = "CREDENTIAL_REFUSED"

    def __init__(self, reason: str = "is not known here") -> None:
        super().__init__(f"What you sent {reason}; sign in again, or use another key")


class Authenticator(Protocol):
    """Knows every credential; ``eliza.auth`` implements it."""

    @property
    def is_open(self) -> bool:
        """True while no credential exists: callers from this machine need none."""
        ...

    def admit(self, presented: Presented) -> Principal:
        """The principal of a credential. Raises ``CredentialRequired`` or ``CredentialRefused``."""
        ...

    def recall(self, credential: str) -> Principal:
        """The principal as it is now, by its ``credential``. Raises ``CredentialRefused`` if that has ended."""
        ...
