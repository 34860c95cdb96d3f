"""Everything that knows credentials, on a database, without a server around it."""

from collections.abc import Callable

import pytest
from argon2 import PasswordHasher

from eliza.audit.audit import Audit
from eliza.auth.credentials import Credentials
from eliza.auth.keys import Keys
from eliza.auth.logins import Logins
from eliza.auth.passwords import Passwords
from eliza.auth.people import People
from eliza.auth.tokens import Tokens
from eliza.background import Immediate
from eliza.config import Settings
from eliza.db import Database
from eliza.events import Bus, CredentialEnded
from eliza.testing.clock import FrozenClock

SECRET = b"the secret that this server keeps in its vault"


class Desk:
    """A server's credentials; opened again on the same database, it is another process, or the next one."""

    def __init__(self, database: Database, clock: FrozenClock, **settings: object) -> None:
        self.database = database
        self.clock = clock
        self.settings = Settings(**settings)  # type: ignore[arg-type]  # Said where it is opened.
        self.ended: list[str] = []
        bus = Bus(Immediate().run)
        bus.subscribe(CredentialEnded, lambda event: self.ended.append(event.credential))
        cheap = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        audit = Audit(database, clock)
        self.people = People(database, clock, bus, audit, cheap)
        self.keys = Keys(database, clock, bus, audit, Immediate())
        self.logins = Logins(database, clock)
        self.tokens = Tokens(self.settings.tokens, SECRET, clock)
        self.credentials = Credentials(
            self.settings, database, self.keys, self.people, self.logins, self.tokens, SECRET
        )

    def token_of(self, username: str) -> str:
        person = self.people.named(username)
        return self.tokens.make(person.subject, person.valid_from)


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def backend(request: pytest.FixtureRequest) -> str:
    """SQLite, but for the tests that ``on_each_database`` marks: most of what is tried here asks little of either."""
    return str(getattr(request, "param", "sqlite"))


on_each_database = pytest.mark.parametrize("backend", ["sqlite", "postgres"], indirect=True)


@pytest.fixture
def open_desk(database: Database, clock: FrozenClock) -> Callable[..., Desk]:
    return lambda **settings: Desk(database, clock, **settings)


@pytest.fixture
def desk(open_desk: Callable[..., Desk]) -> Desk:
    return open_desk()
