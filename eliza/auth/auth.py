"""Auth: builds the parts of this package."""

from collections.abc import Iterator
from dataclasses import dataclass

from eliza.audit.audit import Audit
from eliza.auth.credentials import Credentials
from eliza.auth.keys import Keys
from eliza.auth.logins import Logins
from eliza.auth.people import People
from eliza.auth.sign_in import SignIn
from eliza.auth.tokens import Tokens
from eliza.background import Background
from eliza.clock import Clock
from eliza.config import Settings
from eliza.db import Database
from eliza.events import Bus
from eliza.http.limits import RateLimits
from eliza.vault.vault import Vault


@dataclass(frozen=True, slots=True)
class Auth:
    people: People
    keys: Keys
    logins: Logins
    tokens: Tokens
    credentials: Credentials
    sign_in: SignIn

    @classmethod
    def build(
        cls,
        settings: Settings,
        database: Database,
        clock: Clock,
        bus: Bus,
        background: Background,
        vault: Vault,
        limits: RateLimits,
    ) -> "Auth":
        """Raises ``ConfigurationError`` for token settings that cannot be used."""
        audit = Audit(database, clock)
        people, keys = People(database, clock, bus, audit), Keys(database, clock, bus, audit, background)
        logins, tokens = Logins(database, clock), Tokens(settings.tokens, vault.derive("tokens"), clock)
        credentials = Credentials(settings, database, keys, people, logins, tokens, vault.derive("logins"))
        sign_in = SignIn(people, logins, tokens, credentials, limits, clock, settings.registration_open)
        return cls(people, keys, logins, tokens, credentials, sign_in)

    def parts(self) -> Iterator[object]:
        """What the routes look up by its type."""
        yield from (self.people, self.keys, self.logins, self.tokens, self.credentials, self.sign_in)
