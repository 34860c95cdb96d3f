"""Tokens: JSON Web Tokens, our own and those of another service that the settings name."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

import jwt

from eliza.access.authenticator import CredentialRefused
from eliza.auth.jwks import PublishedKeys
from eliza.auth.verification_keys import SingleKey, VerificationKeys, read_key
from eliza.clock import Clock, from_milliseconds, milliseconds
from eliza.config import TokenSettings
from eliza.errors import ConfigurationError

LIFETIME = timedelta(days=7)
OWN = "eliza:"
"""The prefix of the subjects of our own people, which no other service may use."""
LEEWAY = timedelta(seconds=30)
"""How far the clock of another service may be from ours."""

_ISSUER = "eliza-server"
_AUDIENCE = "eliza-server"
_SHORTEST_SECRET = 32
_LONGEST = 8192
_LONGEST_SUBJECT = 255
_LATEST = 253_402_300_000  # Near the end of the year 9999, where datetime ends, with room for the leeway.


@dataclass(frozen=True, slots=True)
class Claims:
    """What a valid token says. ``valid_from`` is what its person's was when it was made.

    That, and when they last proved who they are, only our own tokens say. ``expires_at`` includes the leeway.
    """

    subject: str
    issued_at: datetime
    expires_at: datetime
    valid_from: int | None = None
    signed_in_at: datetime | None = None


class Verifier(Protocol):
    def read(self, token: str) -> Mapping[str, Any]:
        """Whose signature, issuer and audience are right. Raises ``jwt.PyJWTError``."""
        ...


class Tokens:
    """``secret`` signs unless ``JWT_SECRET`` does. Raises ``ConfigurationError`` for settings that cannot be used."""

    def __init__(self, settings: TokenSettings, secret: bytes, clock: Clock) -> None:
        self._clock = clock
        self._secret = _signing_secret(settings, secret)
        self._foreign = _foreign(settings, self._secret, clock)

    @property
    def knows_others(self) -> bool:
        """True if tokens of another service are accepted."""
        return self._foreign is not None

    def make(self, subject: str, valid_from: datetime, signed_in_at: datetime | None = None) -> str:
        """A token of ours, valid for ``LIFETIME`` unless the person's ``valid_from`` changes before."""
        now = self._clock.now()
        claims = {
            "iss": _ISSUER,
            "aud": _AUDIENCE,
            "sub": subject,
            "iat": int(now.timestamp()),
            "exp": int((now + LIFETIME).timestamp()),
            "auth_time": int((signed_in_at or now).timestamp()),
            # The seconds of ``iat`` do not tell a token from before a new password from one made right after it.
            "ver": milliseconds(valid_from),
        }
        return jwt.encode(claims, self._secret, algorithm="HS256")

    def read(self, token: str) -> Claims:
        """The claims of a valid token. Raises ``CredentialRefused``, which tells the client only if it has expired."""
        if len(token) > _LONGEST:
            raise CredentialRefused
        try:
            return self._own(token) if _issuer_of(token) == _ISSUER else self._others(token)
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError):  # The last three are for malformed JSON.
            raise CredentialRefused from None

    def _own(self, token: str) -> Claims:
        claims = _decode(token, self._secret, ("HS256",), issuer=_ISSUER, audience=_AUDIENCE)
        read, version = self._checked(claims), claims.get("ver")
        if not read.subject.startswith(OWN) or type(version) is not int:
            raise CredentialRefused
        return replace(read, valid_from=version, signed_in_at=_moment(claims.get("auth_time")))

    def _others(self, token: str) -> Claims:
        if self._foreign is None:
            raise CredentialRefused
        claims = self._checked(self._foreign.read(token))
        if claims.subject.startswith(OWN):
            raise CredentialRefused
        return claims

    def _checked(self, claims: Mapping[str, Any]) -> Claims:
        """What every token says, of one that is valid already and has not expired yet."""
        now, issued_at = self._clock.now(), _moment(claims["iat"])
        expires_at = _moment(claims["exp"]) + LEEWAY
        if expires_at <= now:
            raise CredentialRefused("has expired")
        begins = max(issued_at, _moment(claims.get("nbf", claims["iat"])))
        if begins - LEEWAY > now or not _is_name(claims["sub"]):
            raise CredentialRefused
        return Claims(str(claims["sub"]), issued_at, expires_at)


@dataclass(frozen=True, slots=True)
class _Others:
    """Checks the tokens of another service."""

    keys: VerificationKeys
    issuer: str
    audience: str

    def read(self, token: str) -> Mapping[str, Any]:
        key, algorithm = self.keys.find(jwt.get_unverified_header(token).get("kid"))
        return _decode(token, key, (algorithm,), issuer=self.issuer, audience=self.audience)


def _signing_secret(settings: TokenSettings, secret: bytes) -> bytes:
    if settings.secret is None:
        return secret
    if len(settings.secret.encode()) < _SHORTEST_SECRET:
        raise ConfigurationError(
            f"JWT_SECRET has fewer than {_SHORTEST_SECRET} characters, so that it could be guessed. Set it to, "
            'for example, the output of: python3 -c "import secrets; print(secrets.token_urlsafe(32))"'
        )
    return settings.secret.encode()


def _foreign(settings: TokenSettings, secret: bytes, clock: Clock) -> Verifier | None:
    keys = _keys(settings, secret, clock)
    if keys is None:
        return None
    if settings.issuer is None or settings.audience is None:
        raise ConfigurationError(
            "Tokens of another service are accepted only if JWT_ISSUER and JWT_AUDIENCE are set to its iss and aud: "
            "otherwise a token that it issued for any other application would open this server too."
        )
    if settings.issuer == _ISSUER:
        raise ConfigurationError(
            f"JWT_ISSUER={_ISSUER} is the name of this server's own issuer; set it to the other one."
        )
    return _Others(keys, settings.issuer, settings.audience)


def _keys(settings: TokenSettings, secret: bytes, clock: Clock) -> VerificationKeys | None:
    if settings.public_key is not None:
        return read_key(settings.public_key)
    if settings.jwks_url is not None:
        return PublishedKeys(settings.jwks_url, clock)
    if settings.secret is not None and (settings.issuer or settings.audience):
        return SingleKey(secret, "HS256")
    return None


def _issuer_of(token: str) -> object:
    """The issuer a token names, before its signature is checked."""
    claims = jwt.decode(token, options={"verify_signature": False})
    return claims.get("iss")


def _decode(token: str, key: Any, algorithms: tuple[str, ...], *, issuer: str, audience: str) -> Mapping[str, Any]:
    """Check signature, issuer and audience. Times are checked elsewhere, against our own clock."""
    claims: Mapping[str, Any] = jwt.decode(
        token,
        key,
        algorithms=list(algorithms),
        issuer=issuer,
        audience=audience,
        options={
            "require": ["iss", "aud", "sub", "iat", "exp"],
            "verify_exp": False,
            "verify_iat": False,
            "verify_nbf": False,
        },
    )
    return claims


def _is_name(subject: object) -> bool:
    """The subject is stored, and shown as a username."""
    return isinstance(subject, str) and 0 < len(subject) <= _LONGEST_SUBJECT and subject.isprintable()


def _moment(seconds: object) -> datetime:
    """Raises ``ValueError`` if it is not a point in time."""
    if not isinstance(seconds, int | float) or isinstance(seconds, bool) or not 0 <= seconds < _LATEST:
        raise ValueError("no moment")
    return from_milliseconds(int(seconds * 1000))
