"""Sign-in: registration, passwords and API keys are exchanged for a token or a login."""

from dataclasses import dataclass, field
from datetime import timedelta

from flask import request

from eliza.access.authenticator import CredentialRefused, Presented
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
"""How long tokens can be renewed after a sign-in with a password."""


class RegistrationClosed(ElizaError):
    status = 403
    code = "REGISTRATION_CLOSED"

    def __init__(self) -> None:
        super().__init__("Registration is closed on this server; ask its admin for an account")


class MissingCredentials(InvalidInput):
    code = "MISSING_CREDENTIALS"

    def __init__(self) -> None:
        super().__init__("Send an email and a password, or an apiKey")


class NoPassword(Conflict):
    code = "NO_PASSWORD"

    def __init__(self) -> None:
        super().__init__("Only a person who has signed in with a password can change it; a key cannot")


class MissingToken(ElizaError):
    status = 401
    code = "MISSING_TOKEN"

    def __init__(self) -> None:
        super().__init__("Send a token as Authorization: Bearer")


class InvalidToken(ElizaError):
    status = 401
    code = "INVALID_TOKEN"

    def __init__(self, why: str = "This token is not valid, or not any more; sign in again") -> None:
        super().__init__(why)


@dataclass(frozen=True, slots=True)
class SignInMethods:
    """How to sign in here, and whether one has to."""

    requires_auth: bool
    registration_open: bool
    methods: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A successful sign-in. ``login`` is the credential that a login by cookie stores; with a key there is no token."""

    principal: Principal
    login: str
    token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class SignIn:
    people: People
    logins: Logins
    tokens: Tokens
    credentials: Credentials
    limits: RateLimits
    clock: Clock
    registration_open: bool

    def methods(self) -> SignInMethods:
        with_password = self.registration_open or self.people.has_passwords()
        known = {"key": True, "password": with_password, "token": self.tokens.knows_others}
        methods = tuple(name for name, is_there in known.items() if is_there)
        return SignInMethods(not self.credentials.is_open, self.registration_open, methods)

    def register(self, username: str, email: str, password: str) -> SignedIn:
        """Raises ``RegistrationClosed``, and what ``People.register`` raises."""
        if not self.registration_open:
            raise RegistrationClosed
        return self._signed_in(self.people.register(username, email, password))

    def by_password(self, email: str, password: str) -> SignedIn:
        """Raises ``MissingCredentials``, ``WrongPassword`` or ``RateLimited``."""
        if not email.strip() or not password:
            raise MissingCredentials
        with self.limits.login(names.folded(email)):  # Every spelling of an address counts for the same account.
            return self._signed_in(self.people.enter(email, password))

    def by_key(self, key: str) -> SignedIn:
        """Raises ``CredentialRefused`` or ``RateLimited``."""
        principal = self.limits.admit(Presented(key=key), request.remote_addr, self.credentials.admit)
        return SignedIn(principal, self.credentials.login_of(principal))

    def change_password(self, by: Principal, password: str, new: str) -> SignedIn:
        """Change one's own password, which ends all other tokens and logins of that person.

        Raises ``NoPassword`` if there is none to change, ``WrongPassword``, ``InvalidPassword`` or ``RateLimited``.
        """
        person = self.people.behind(by)
        if person is None or not person.has_password or by.credential != person.known.credential:
            raise NoPassword
        with self.limits.login(person.email or person.subject):
            self.people.prove(person.id, password)
        return self._signed_in(self.people.change(by, person.id, Change(password=new)))

    def renew(self, token: str | None) -> SignedIn:
        """A new token for one that is still valid. Raises ``MissingToken`` or ``InvalidToken``."""
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
        if claims.valid_from != milliseconds(person.valid_from):  # The person was changed at this very moment.
            raise InvalidToken
        if claims.signed_in_at + _RENEWED_FOR <= self.clock.now():
            raise InvalidToken("You signed in too long ago for another token; sign in again")
        token = self.tokens.make(claims.subject, person.valid_from, claims.signed_in_at)
        return SignedIn(person.principal(), person.credential, token)

    def _signed_in(self, person: Person) -> SignedIn:
        token = self.tokens.make(person.subject, person.valid_from)
        return SignedIn(person.known.principal(), person.known.credential, token)
