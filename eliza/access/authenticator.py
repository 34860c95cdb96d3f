"""Authenticator: the credentials of a request, and the protocol that finds out whose they are."""

from dataclasses import dataclass, field
from typing import Protocol

from eliza.access.principal import Principal
from eliza.errors import ElizaError


@dataclass(frozen=True, slots=True)
class Presented:
    """What a request or a handshake brings, where it usually lies: the first that is there counts.

    A ``key`` is the server's own or a named one; a ``bearer`` either of these or a token; a ``cookie`` is a login's.
    """

    key: str | None = field(default=None, repr=False)
    bearer: str | None = field(default=None, repr=False)
    cookie: str | None = field(default=None, repr=False)

    def __bool__(self) -> bool:
        return bool(self.key or self.bearer or self.cookie)


def bearer_of(authorization: str) -> str | None:
    """What the header of that name brings, unless it is something else than a bearer's token."""
    scheme, _, token = authorization.partition(" ")
    return (token.strip() or None) if scheme.lower() == "bearer" else None


class CredentialRequired(ElizaError):
    """Nothing was brought, and there is no other way in."""

    status = 401
    code = "API_KEY_REQUIRED"

    def __init__(self) -> None:
        super().__init__("Send a key in the X-API-KEY header, or a key or token as Authorization: Bearer")


class CredentialRefused(ElizaError):
    """What was brought opens nothing, or not any more."""

    status = 401
    code = "CREDENTIAL_REFUSED"

    def __init__(self, reason: str = "is not known here") -> None:
        super().__init__(f"What you sent {reason}; sign in again, or use another key")


class Authenticator(Protocol):
    """Knows every credential. ``eliza.auth`` is one."""

    @property
    def is_open(self) -> bool:
        """True while nobody has a credential: whoever comes from this machine is let in without."""
        ...

    def admit(self, presented: Presented) -> Principal:
        """Who brings this. Raises ``CredentialRequired`` or ``CredentialRefused``."""
        ...

    def recall(self, credential: str) -> Principal:
        """Who a credential stands for by now, by the name principals know it by. Raises ``CredentialRefused``."""
        ...
