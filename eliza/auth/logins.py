"""Logins: browsers in which somebody is signed in. The cookie is a random secret; the database stores its hash."""

from dataclasses import dataclass
from datetime import timedelta

from eliza.access.authenticator import CredentialRefused
from eliza.auth import random_secrets
from eliza.clock import Clock
from eliza.db import Database, tables
from eliza.db.statement import Statement, param

LIFETIME = timedelta(days=30)

_BY_HASH = Statement(
    lambda: tables.Login.select(tables.Login.credential, tables.Login.expires_at).where(
        tables.Login.hash == param("hash")
    )
)


@dataclass(frozen=True, slots=True)
class Logins:
    """A login ends after ``LIFETIME``, on sign-out, and with the credential it was made with."""

    database: Database
    clock: Clock

    def begin(self, credential: str) -> str:
        """Start a login; returns the value of the cookie, which cannot be read back."""
        cookie, now, login = random_secrets.generate(), self.clock.now(), tables.Login

        def work() -> None:
            login.delete().where(login.expires_at <= now).execute()
            login.create(
                hash=random_secrets.digest(cookie), credential=credential, created_at=now, expires_at=now + LIFETIME
            )

        self.database.write(work)
        return cookie

    def credential_of(self, cookie: str) -> str:
        """The credential that the login was made with. Raises ``CredentialRefused`` if it is unknown or over."""
        with self.database.read():
            rows = self.database.run(_BY_HASH, hash=random_secrets.digest(cookie))
        for credential, expires_at in rows:
            if expires_at > self.clock.now():
                return str(credential)
        raise CredentialRefused("belongs to a login that is over")

    def end(self, cookie: str) -> None:
        """End a login; no error if there is none."""
        login = tables.Login
        self.database.write(login.delete().where(login.hash == random_secrets.digest(cookie)).execute)


def name_of(cookie: str) -> str:
    """The name of a login in ``CredentialEnded``, which cannot be used to sign in."""
    return f"login:{random_secrets.digest(cookie)}"


def end_all(credential: str) -> None:
    """Inside a unit of work: end every login that was made with this credential."""
    login = tables.Login
    login.delete().where(login.credential == credential).execute()
