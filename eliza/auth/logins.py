"""Logins: browsers that somebody has signed in with. A browser keeps a cookie, the database what it stands for."""

from dataclasses import dataclass
from datetime import timedelta

from eliza.access.doorkeeper import CredentialRefused
from eliza.auth import chance
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
    """They end with their ``LIFETIME``, with what was signed in with, or when somebody signs out."""

    database: Database
    clock: Clock

    def begin(self, credential: str) -> str:
        """What the browser is to keep. Nothing here could tell it again."""
        cookie, now, login = chance.fresh(), self.clock.now(), tables.Login

        def work() -> None:
            login.delete().where(login.expires_at <= now).execute()
            login.create(hash=chance.digest(cookie), credential=credential, created_at=now, expires_at=now + LIFETIME)

        self.database.write(work)
        return cookie

    def credential_of(self, cookie: str) -> str:
        """What was signed in with. Raises ``CredentialRefused``."""
        with self.database.read():
            rows = self.database.run(_BY_HASH, hash=chance.digest(cookie))
        for credential, expires_at in rows:
            if expires_at > self.clock.now():
                return str(credential)
        raise CredentialRefused("belongs to a login that is over")

    def end(self, cookie: str) -> None:
        """Twice is once."""
        login = tables.Login
        self.database.write(login.delete().where(login.hash == chance.digest(cookie)).execute)


def name_of(cookie: str) -> str:
    """What a login is called where it ends, which opens nothing."""
    return f"login:{chance.digest(cookie)}"


def end_all(credential: str) -> None:
    """Inside a unit of work: end every login with this credential."""
    login = tables.Login
    login.delete().where(login.credential == credential).execute()
