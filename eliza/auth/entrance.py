"""Entrance: where people become known: they prove who they are, and are given something to show from then on."""

from dataclasses import dataclass, field
from datetime import timedelta

from flask import request

from eliza.access.doorkeeper import CredentialRefused, Presented
from eliza.access.principal import Principal
from eliza.auth import names
from eliza.auth.credentials import Credentials
from eliza.auth.logins import Logins
from eliza.auth.people import People
from eliza.auth.person import Change, Person
from eliza.auth.tokens import Tokens
from eliza.clock import Clock, milliseconds
from eliza.errors import Conflict, ElizaError, InvalidInput
from eliza.http.limits import RateLimits

_RENEWED_FOR = timedelta(days=30)
"""After which whoever only ever renews a token has to prove who they are again."""


class RegistrationClosed(ElizaError):
    status = 403
    code = "REGISTRATION_CLOSED"

    def __init__(self) -> None:
        super().__init__("People do not register here by themselves; ask whoever runs this server")


class MissingCredentials(InvalidInput):
    code = "MISSING_CREDENTIALS"

    def __init__(self) -> None:
        super().__init__("Send an email and a password, or an apiKey")


class NoPassword(Conflict):
    code = "NO_PASSWORD"

    def __init__(self) -> None:
        super().__init__("Only somebody who has signed in with a password can change it; a key cannot")


class MissingToken(ElizaError):
    status = 401
    code = "MISSING_TOKEN"

    def __init__(self) -> None:
        super().__init__("Send a token as Authorization: Bearer")


class InvalidToken(ElizaError):
    status = 401
    code = "INVALID_TOKEN"

    def __init__(self, why: str = "What you sent is no token of this server, or not any more; sign in again") -> None:
        super().__init__(why)


@dataclass(frozen=True, slots=True)
class Ways:
    """How somebody can become known here."""

    requires_auth: bool
    registration_open: bool
    methods: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entered:
    """Somebody who has come in. ``login`` is what a login of theirs stands for; with a key there is no token."""

    principal: Principal
    login: str
    token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Entrance:
    people: People
    logins: Logins
    tokens: Tokens
    credentials: Credentials
    limits: RateLimits
    clock: Clock
    registration_open: bool

    def ways(self) -> Ways:
        with_password = self.registration_open or self.people.has_passwords()
        known = {"key": True, "password": with_password, "token": self.tokens.knows_others}
        methods = tuple(name for name, is_there in known.items() if is_there)
        return Ways(not self.credentials.is_open, self.registration_open, methods)

    def register(self, username: str, email: str, password: str) -> Entered:
        """Raises ``RegistrationClosed``, and what ``People.register`` raises."""
        if not self.registration_open:
            raise RegistrationClosed
        return self._entered(self.people.register(username, email, password))

    def by_password(self, email: str, password: str) -> Entered:
        """Raises ``MissingCredentials``, ``WrongPassword`` or ``RateLimited``."""
        if not email.strip() or not password:
            raise MissingCredentials
        with self.limits.login(names.folded(email)):  # One account, in whatever way its address is written.
            return self._entered(self.people.enter(email, password))

    def by_key(self, key: str) -> Entered:
        """Raises ``CredentialRefused`` or ``RateLimited``."""
        principal = self.limits.admit(Presented(key=key), request.remote_addr, self.credentials.admit)
        return Entered(principal, self.credentials.login_of(principal))

    def change_password(self, by: Principal, password: str, new: str) -> Entered:
        """Somebody gives themselves another password, which ends all else they were signed in with.

        Raises ``NoPassword`` for who has none to change, ``WrongPassword``, ``InvalidPassword`` or ``RateLimited``.
        """
        person = self.people.behind(by)
        if person is None or not person.has_password or by.credential != person.known.credential:
            raise NoPassword
        with self.limits.login(person.email or person.subject):
            self.people.prove(person.id, password)
        return self._entered(self.people.change(by, person.id, Change(password=new)))

    def renew(self, token: str | None) -> Entered:
        """A new token for one that is still good. Raises ``MissingToken`` or ``InvalidToken``."""
        if token is None:
            raise MissingToken
        try:
            claims = self.tokens.read(token)
            self.credentials.admit(Presented(bearer=token))
        except CredentialRefused:
            raise InvalidToken from None
        person = self.people.of_subject(claims.subject)
        if person is None or claims.signed_in_at is None:
            raise InvalidToken
        if claims.valid_from != milliseconds(person.valid_from):  # They were changed in this moment.
            raise InvalidToken
        if claims.signed_in_at + _RENEWED_FOR <= self.clock.now():
            raise InvalidToken("You signed in too long ago for another token; sign in again")
        token = self.tokens.make(claims.subject, person.valid_from, claims.signed_in_at)
        return Entered(person.principal(), person.credential, token)

    def _entered(self, person: Person) -> Entered:
        token = self.tokens.make(person.subject, person.valid_from)
        return Entered(person.known.principal(), person.known.credential, token)
