"""People: the accounts of this server, their roles, and the passwords they sign in with."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from peewee import fn

from eliza.access.authenticator import CredentialRefused
from eliza.access.principal import LOOPBACK, Principal
from eliza.access.roles import Role
from eliza.audit.audit import COMMAND_LINE, Audit
from eliza.auth import logins, lookups, names, revalidation
from eliza.auth.identities import KnownPerson, require_all_of
from eliza.auth.leftover_data import has_leftover_data
from eliza.auth.passwords import Passwords
from eliza.auth.person import (
    Change,
    EmailExists,
    LastAdmin,
    Person,
    PersonNotFound,
    SeveralPeople,
    UsernameExists,
    WrongPassword,
)
from eliza.auth.tokens import OWN
from eliza.clock import Clock, from_milliseconds
from eliza.db import Database, tables
from eliza.db.paging import Page, page_of
from eliza.db.rows import column
from eliza.events import Bus, CredentialEnded
from eliza.ids import NOBODY, is_uuid, to_uuid

_TICK = timedelta(milliseconds=1)
_LONG_AGO = from_milliseconds(0)


@dataclass(frozen=True, slots=True)
class _NewPerson:
    subject: str
    username: str
    role: Role
    valid_from: datetime
    email: str | None = None
    password_hash: str | None = None

    @property
    def id(self) -> UUID:
        return to_uuid(self.subject)

    @property
    def principal(self) -> Principal:
        return KnownPerson(self.id, self.username, self.role, False, self.valid_from).principal()


class People:
    """Every change is recorded in the audit log in the same transaction.

    A new password or role, being disabled and being deleted end a person's tokens and logins at once.
    """

    def __init__(
        self, database: Database, clock: Clock, bus: Bus, audit: Audit, passwords: Passwords | None = None
    ) -> None:
        self._database = database
        self._clock = clock
        self._bus = bus
        self._audit = audit
        self._passwords = passwords or Passwords()

    def recall(self, credential: str) -> KnownPerson:
        """Whose credential it is. Raises ``CredentialRefused`` if they were deleted, or changed since it was given."""
        name = credential.partition(":")[2].partition(":")[0]
        with self._database.read():
            known = lookups.person(self._database, UUID(name)) if is_uuid(name) else None
        if known is None:
            raise CredentialRefused("belongs to nobody here any more")
        if known.credential != credential:
            raise CredentialRefused("is from before its person was changed")
        return known

    def of_subject(self, subject: str) -> KnownPerson | None:
        with self._database.read():
            return lookups.person_of_subject(self._database, subject)

    def meet(self, subject: str) -> KnownPerson:
        """The person with a subject of another service's tokens, who becomes a member when they first come.

        Raises ``CredentialRefused`` for a subject whose id belongs to somebody else here.
        """
        known = self.of_subject(subject)
        if known is not None:
            return known
        person = _NewPerson(subject, subject, Role.MEMBER, valid_from=_LONG_AGO)
        try:
            return self._create(person, "person.register", by=person.principal).known
        except UsernameExists:
            # A browser sends its first requests all at once: another one may have brought them in meanwhile.
            known = self.of_subject(subject)
        if known is None:
            raise CredentialRefused("names somebody who is somebody else here")
        return known

    def register(self, username: str, email: str, password: str) -> Person:
        """Create an account for oneself, as a member. Raises as ``add``.

        The name of a deleted person is taken as long as any data of theirs is left, which a newcomer of that name
        would get to see. Only an admin can give it away again.
        """
        person = self._new(username, Role.MEMBER, names.email(email), password)
        return self._create(person, "person.register", by=person.principal, is_stranger=True)

    def add(
        self,
        by: Principal,
        username: str,
        role: Role = Role.MEMBER,
        *,
        email: str | None = None,
        password: str | None = None,
    ) -> Person:
        """Create an account for somebody.

        Raises ``NotAllowed`` for a role with more permissions than ``by`` has; ``InvalidUsername``, ``InvalidEmail``,
        ``InvalidPassword``, ``UsernameExists`` or ``EmailExists``; ``CredentialRefused`` if the credential of ``by``
        has ended meanwhile.
        """
        require_all_of(by, role)
        person = self._new(username, role, names.email(email) if email else None, password)
        return self._create(person, "person.create", by=by, must_be_valid=True)

    def enter(self, email: str, password: str) -> Person:
        """The person with this address and password. It takes as long if there is none. Raises ``WrongPassword``."""
        return self._authenticate(tables.Person.email == names.folded(email), password)

    def prove(self, person_id: UUID, password: str) -> Person:
        """Check the password of somebody who is signed in already. Raises ``WrongPassword``."""
        return self._authenticate(tables.Person.id == person_id, password)

    def get(self, person_id: UUID) -> Person:
        """Raises ``PersonNotFound``."""
        with self._database.read():
            return self._get(person_id)

    def behind(self, principal: Principal) -> Person | None:
        """The person a principal is; None for the server's key and for keys that belong to no person."""
        with self._database.read():
            row = tables.Person.get_or_none(tables.Person.id == (principal.entity_id or NOBODY))
            return None if row is None else Person.of(row)

    def named(self, name: str) -> Person:
        """By the id, or else by the username, the email address or the subject.

        Raises ``PersonNotFound``, or ``SeveralPeople``: one person's username may be another's address.
        """
        person = tables.Person
        matches = (person.username == name) | (person.email == names.folded(name)) | (person.subject == name)
        with self._database.read():
            rows = list(person.select().where(person.id == UUID(name) if is_uuid(name) else matches).limit(2))
        if not rows:
            raise PersonNotFound(name)
        if len(rows) > 1:
            raise SeveralPeople(name)
        return Person.of(rows[0])

    def page(self, *, limit: int, cursor: str | None = None) -> Page[Person]:
        """Oldest first."""
        person = tables.Person
        with self._database.read():
            page = page_of(person.select(), by=(person.created_at, person.id), limit=limit, cursor=cursor)
            return page.map(Person.of)

    def has_passwords(self) -> bool:
        """True if anybody can sign in with a password."""
        with self._database.read():
            return bool(tables.Person.select().where(tables.Person.password_hash.is_null(False)).exists())

    def change(self, by: Principal, person_id: UUID, change: Change) -> Person:
        """Raises ``PersonNotFound``, ``LastAdmin``, and whatever ``add`` raises."""
        require_all_of(by, change.role or Role.VIEWER)
        values, recorder = self._values(change), self._audit.recorder(by)

        def work() -> Person:
            before = self._locked(by, person_id)
            if change.demotes(before):
                self._require_another_admin(by, before)
            self._require_free(person_id, values.get("username"), values.get("email"))
            now = self._clock.now()
            if change.ends_logins_of(before):
                values["valid_from"] = _after(before.valid_from, now)
                self._end_credentials(before)
            tables.Person.update(**values, updated_at=now).where(tables.Person.id == person_id).execute()
            recorder.write("person.update", f"person:{person_id}", change.for_audit)
            return self._get(person_id)

        return self._database.write(work)

    def delete(self, by: Principal, person_id: UUID) -> Person:
        """Their keys are deleted too; what they said stays.

        Raises ``PersonNotFound``, ``LastAdmin``, or ``NotAllowed`` for somebody with more permissions than ``by``.
        """
        recorder = self._audit.recorder(by)

        def work() -> Person:
            person = self._locked(by, person_id)
            if person.is_admin:
                self._require_another_admin(by, person)
            self._end_credentials(person)
            tables.Person.delete().where(tables.Person.id == person_id).execute()
            recorder.write("person.delete", f"person:{person_id}", {"username": person.username})
            return person

        return self._database.write(work)

    def _authenticate(self, matches: Any, password: str) -> Person:
        with self._database.read():
            row = tables.Person.get_or_none(matches)
        kept = row.password_hash if row is not None else None
        is_right = self._passwords.is_right(password, kept)
        if row is None or kept is None or row.is_disabled or not is_right:
            raise WrongPassword
        if self._passwords.is_outdated(kept):
            self._replace_hash(row.id, kept, self._passwords.hash(password))
        return Person.of(row)

    def _new(self, username: str, role: Role, email: str | None, password: str | None) -> _NewPerson:
        name, now = names.username(username), self._clock.now()
        password_hash = self._passwords.hash(password) if password is not None else None
        return _NewPerson(f"{OWN}{name}", name, role, now, email, password_hash)

    def _create(
        self, new: _NewPerson, action: str, *, by: Principal, must_be_valid: bool = False, is_stranger: bool = False
    ) -> Person:
        now, recorder = self._clock.now(), self._audit.recorder(by)

        def work() -> Person:
            if must_be_valid:
                revalidation.require_valid(self._database, by, now)
            self._require_free(new.id, new.username, new.email)
            _require_new(new)
            if is_stranger and has_leftover_data(new.id):
                raise UsernameExists
            tables.Person.create(
                id=new.id,
                subject=new.subject,
                email=new.email,
                username=new.username,
                password_hash=new.password_hash,
                role=new.role,
                valid_from=new.valid_from,
                created_at=now,
                updated_at=now,
            )
            recorder.write(action, f"person:{new.id}", {"username": new.username, "role": new.role})
            # The first person closes an open server: connections without a credential end.
            self._tell_ended(LOOPBACK.credential)
            return self._get(new.id)

        return self._database.write(work)

    def _require_free(self, person_id: UUID, username: str | None, email: str | None) -> None:
        """Raises ``EmailExists`` or ``UsernameExists`` if somebody else has the address or the name."""
        person = tables.Person
        others = person.select().where(person.id != person_id)
        if email and others.where(person.email == email).exists():
            raise EmailExists
        if username is not None and others.where(self._folded(person.username) == username.casefold()).exists():
            raise UsernameExists

    def _folded(self, column: Any) -> Any:
        return fn.casefold(column) if self._database.dialect == "sqlite" else fn.LOWER(column)

    def _values(self, change: Change) -> dict[str, Any]:
        """The columns to set. A password is hashed here, outside of any transaction, since that takes long."""
        values: dict[str, Any] = {"role": change.role, "is_disabled": change.is_disabled}
        if change.username is not None:
            values["username"] = names.username(change.username)
        if change.password is not None:
            values["password_hash"] = self._passwords.hash(change.password)
        given = {name: value for name, value in values.items() if value is not None}
        if change.email is not None:
            given["email"] = names.email(change.email) if change.email else None
        return given

    def _locked(self, by: Principal, person_id: UUID) -> Person:
        """A person whom ``by`` may change; no admin changes meanwhile, so that two cannot remove each other."""
        row = tables.Person
        for admin_id in column(row.select(row.id).where(row.role == Role.ADMIN).order_by(row.id)):
            self._database.lock(row, admin_id)
        revalidation.require_valid(self._database, by, self._clock.now())
        person = self._get(person_id)
        require_all_of(by, person.role)
        return person

    def _require_another_admin(self, by: Principal, person: Person) -> None:
        """Raises ``LastAdmin``. The command line may remove the last one, since it can make another."""
        row = tables.Person
        admins = row.select().where((row.role == Role.ADMIN) & (row.is_disabled == False))  # noqa: E712  # It is SQL.
        if by != COMMAND_LINE and not admins.where(row.id != person.id).exists():
            raise LastAdmin

    def _get(self, person_id: UUID) -> Person:
        row = tables.Person.get_or_none(tables.Person.id == person_id)
        if row is None:
            raise PersonNotFound(person_id)
        return Person.of(row)

    def _replace_hash(self, person_id: UUID, old: str, new: str) -> None:
        """The same password with today's parameters, unless it was changed meanwhile."""
        person = tables.Person
        query = person.update(password_hash=new).where((person.id == person_id) & (person.password_hash == old))
        self._database.write(query.execute)

    def _end_credentials(self, person: Person) -> None:
        """End their logins, and let the sockets of their keys be checked again."""
        key = tables.ApiKey
        logins.end_all(person.known.credential)
        self._tell_ended(person.known.credential)
        for key_id in column(key.select(key.id).where(key.person == person.id)):
            self._tell_ended(f"key:{key_id}")

    def _tell_ended(self, credential: str) -> None:
        self._database.after_commit(partial(self._bus.publish, CredentialEnded(credential)))


def _require_new(new: _NewPerson) -> None:
    """Raises ``UsernameExists`` if a person or an agent has the id: one would be taken for the other."""
    person, agent = tables.Person, tables.Agent
    if person.select().where((person.subject == new.subject) | (person.id == new.id)).exists():
        raise UsernameExists
    if agent.select().where(agent.id == new.id).exists():
        raise UsernameExists


def _after(moment: datetime, now: datetime) -> datetime:
    """Now, but later than ``moment`` even if the clock was set back."""
    return max(now, moment + _TICK)
