"""Credentials: checks the server's own key, named keys, tokens and logins; the ``Authenticator`` of this server."""

import hmac
from dataclasses import replace
from uuid import UUID

from eliza.access.authenticator import CredentialRefused, CredentialRequired, Presented
from eliza.access.principal import LOOPBACK, OPERATOR, Principal
from eliza.auth import lookups, random_secrets
from eliza.auth.identities import KnownPerson
from eliza.auth.keys import PREFIX, Keys
from eliza.auth.logins import Logins
from eliza.auth.people import People
from eliza.auth.tokens import OWN, Claims, Tokens
from eliza.clock import milliseconds
from eliza.config import Settings
from eliza.db import Database
from eliza.ids import is_uuid


class Credentials:
    """While the server is open, credentials are not looked at, as in elizaOS.

    The first key or person closes it at once, also one created by another process or on the command line, and it stays
    closed as long as this process runs.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        keys: Keys,
        people: People,
        logins: Logins,
        tokens: Tokens,
        secret: bytes,
    ) -> None:
        self._database = database
        self._keys = keys
        self._people = people
        self._logins = logins
        self._tokens = tokens
        self._server_key = _encoded(settings.auth_token)
        self._login_of_key = _login_of_key(self._server_key, secret)
        self._is_closed = self._server_key is not None or tokens.knows_others

    @property
    def is_open(self) -> bool:
        if not self._is_closed:
            # Asked on every request, so that a key created by another process counts at once.
            with self._database.read():
                self._is_closed = lookups.is_anybody_known(self._database)
        return not self._is_closed

    def admit(self, presented: Presented) -> Principal:
        if presented.key and self._is_server_key(presented.key):
            return OPERATOR
        if self.is_open:
            return LOOPBACK
        if presented.key:
            return self._keys.admit(presented.key)
        if presented.bearer:
            return self._by_bearer(presented.bearer)
        if presented.cookie:
            return self.recall(self._logins.credential_of(presented.cookie))
        raise CredentialRequired

    def recall(self, credential: str) -> Principal:
        kind, _, name = credential.partition(":")
        if kind == "key" and is_uuid(name):
            return self._keys.recall(UUID(name))
        if kind == "person":
            return self._people.recall(credential).principal()
        if credential == LOOPBACK.credential and self.is_open:
            return LOOPBACK
        if self._server_key is not None and credential in {OPERATOR.credential, self._login_of_key}:
            return OPERATOR
        raise CredentialRefused("does not count any more")

    def login_of(self, principal: Principal) -> str:
        """The credential that a login stores; for the server's key one that ends when that key is changed."""
        return self._login_of_key if principal.credential == OPERATOR.credential else principal.credential

    def _is_server_key(self, given: str) -> bool:
        return self._server_key is not None and hmac.compare_digest(random_secrets.as_bytes(given), self._server_key)

    def _by_bearer(self, given: str) -> Principal:
        if self._is_server_key(given):
            return OPERATOR
        if given.startswith(PREFIX):
            return self._keys.admit(given)
        return self._by_token(self._tokens.read(given))

    def _by_token(self, claims: Claims) -> Principal:
        person = self._of_own_token(claims) if claims.subject.startswith(OWN) else self._of_foreign_token(claims)
        return replace(person.principal(), expires_at=claims.expires_at)

    def _of_foreign_token(self, claims: Claims) -> KnownPerson:
        person = self._people.meet(claims.subject)
        if claims.issued_at < person.valid_from:
            raise CredentialRefused("is from before its person was changed")
        return person

    def _of_own_token(self, claims: Claims) -> KnownPerson:
        person = self._people.of_subject(claims.subject)
        if person is None:
            raise CredentialRefused("belongs to nobody here any more")
        if claims.valid_from != milliseconds(person.valid_from):
            raise CredentialRefused("is from before its person was changed")
        return person


def _encoded(key: str | None) -> bytes | None:
    return None if key is None else key.encode()


def _login_of_key(key: bytes | None, secret: bytes) -> str:
    """A name that depends on the server's key, and from which the key cannot be found by trying."""
    return f"token:{hmac.new(secret, key or b'', 'sha256').hexdigest()}"
