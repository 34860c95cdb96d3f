"""People: who has a name here, what they may do, and the password they prove it with."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from peewee import fn

from eliza.access.doorkeeper import CredentialRefused
from eliza.access.principal import LOOPBACK, Principal
from eliza.access.roles import Role
from eliza.audit.audit import COMMAND_LINE
from eliza.auth import logins, lookups, names, upheld
from eliza.auth.passwords import Passwords
from eliza.auth.standing import KnownPerson, require_all_of
from eliza.auth.tokens import OWN
from eliza.auth.traces import has_left_any
from eliza.clock import Clock, from_milliseconds
from eliza.db import Database, tables
from eliza.db.paging import Page, page_of
from eliza.db.rows import column
from eliza.errors import Conflict, ElizaError, NotFound
from eliza.events import Bus, CredentialEnded
from eliza.ids import NOBODY, is_uuid, to_uuid

_TICK = timedelta(milliseconds=1)
_LONG_AGO = from_milliseconds(0)


class PersonNotFound(NotFound):
    code = "PERSON_NOT_FOUND"

    def __init__(self, person: UUID | str) -> None:
        super().__init__(f"Person {person} not found")


class SeveralPeople(Conflict):
    code = "SEVERAL_PEOPLE"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} could be several people; name the one you mean by the id")


class EmailExists(Conflict):
    code = "EMAIL_EXISTS"

    def __init__(self) -> None:
        super().__init__("Somebody with this email address is registered already")


class UsernameExists(Conflict):
    code = "USERNAME_EXISTS"

    def __init__(self) -> None:
        super().__init__("Somebody has this username already")


class LastAdmin(Conflict):
    """Without an admin nobody could make one, but for whoever sits at the machine itself."""

    code = "LAST_ADMIN"

    def __init__(self) -> None:
        super().__init__("This is the last admin; make somebody else an admin before")


class WrongPassword(CredentialRefused):
    """The email address, the password or both are wrong, or the person may not come in: nobody is told which."""

    code = "INVALID_CREDENTIALS"

    def __init__(self) -> None:
        ElizaError.__init__(self, "Invalid email or password")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as they stand. ``id`` is the entity they speak as."""

    id: UUID
    subject: str
    email: str | None
    username: str
    role: Role
    is_disabled: bool
    has_password: bool
    valid_from: datetime
    created_at: datetime
    updated_at: datetime

    @property
    def known(self) -> KnownPerson:
        return KnownPerson(self.id, self.username, self.role, self.is_disabled, self.valid_from)


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of a person; what is None stays. An empty ``email`` takes it away."""

    role: Role | None = None
    username: str | None = None
    email: str | None = None
    password: str | None = field(default=None, repr=False)
    is_disabled: bool | None = None


class People:
    """A new password, a new role, being disabled or deleted ends somebody's tokens and logins at once."""

    def __init__(self, database: Database, clock: Clock, bus: Bus, passwords: Passwords | None = None) -> None:
        self._database = database
        self._clock = clock
        self._bus = bus
        self._passwords = passwords or Passwords()

    def recall(self, credential: str) -> KnownPerson:
        """Whose credential it is. Raises ``CredentialRefused`` for who is gone, or has changed since."""
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
        """Somebody for whom another service vouches; a member from the first time they come.

        Raises ``CredentialRefused`` for a subject whose id is that of somebody else here.
        """
        known = self.of_subject(subject)
        if known is not None:
            return known
        try:
            return self._add(subject, subject, Role.MEMBER, valid_from=_LONG_AGO).known
        except UsernameExists:
            raise CredentialRefused("names somebody who is somebody else here") from None

    def register(self, username: str, email: str, password: str) -> Person:
        """Somebody makes themselves a member. Raises as ``add``.

        The name of somebody who is gone is taken while there is anything of theirs: it would be the newcomer's. Only an
        admin, who knows whom they add, gives it away again.
        """
        return self._introduce(username, Role.MEMBER, names.email(email), password)

    def add(
        self,
        by: Principal,
        username: str,
        role: Role = Role.MEMBER,
        *,
        email: str | None = None,
        password: str | None = None,
    ) -> Person:
        """Raises ``NotAllowed`` for a role beyond that of ``by``; ``InvalidUsername``, ``InvalidEmail``,
        ``InvalidPassword``, ``UsernameExists`` or ``EmailExists``; ``CredentialRefused`` where that of ``by`` is over.
        """
        require_all_of(by, role)
        return self._introduce(username, role, names.email(email) if email else None, password, by=by)

    def enter(self, email: str, password: str) -> Person:
        """Who proves to be somebody. Takes as long for nobody. Raises ``WrongPassword``."""
        return self._proven(tables.Person.email == names.folded(email), password)

    def prove(self, person_id: UUID, password: str) -> Person:
        """Somebody known proves once more that it is they. Raises ``WrongPassword``."""
        return self._proven(tables.Person.id == person_id, password)

    def get(self, person_id: UUID) -> Person:
        """Raises ``PersonNotFound``."""
        with self._database.read():
            return self._get(person_id)

    def behind(self, principal: Principal) -> Person | None:
        """The person somebody is; None for a key of nobody's, and for the server's own."""
        with self._database.read():
            row = tables.Person.get_or_none(tables.Person.id == (principal.entity_id or NOBODY))
            return None if row is None else _person(row)

    def named(self, name: str) -> Person:
        """By the id, or else by the username, the email address or the subject.

        Raises ``PersonNotFound``, or ``SeveralPeople``: somebody may have chosen another's address for their username.
        """
        person = tables.Person
        is_they = (person.username == name) | (person.email == names.folded(name)) | (person.subject == name)
        with self._database.read():
            rows = list(person.select().where(person.id == UUID(name) if is_uuid(name) else is_they).limit(2))
        if not rows:
            raise PersonNotFound(name)
        if len(rows) > 1:
            raise SeveralPeople(name)
        return _person(rows[0])

    def page(self, *, limit: int, cursor: str | None = None) -> Page[Person]:
        """Oldest first."""
        person = tables.Person
        with self._database.read():
            page = page_of(person.select(), by=(person.created_at, person.id), limit=limit, cursor=cursor)
            return page.map(_person)

    def has_passwords(self) -> bool:
        """True when somebody could sign in with one."""
        with self._database.read():
            return bool(tables.Person.select().where(tables.Person.password_hash.is_null(False)).exists())

    def change(self, by: Principal, person_id: UUID, change: Change) -> Person:
        """Raises ``PersonNotFound``, ``LastAdmin``, and whatever ``add`` raises."""
        require_all_of(by, change.role or Role.VIEWER)
        values = self._values(change)

        def work() -> Person:
            before = self._reached(by, person_id)
            if change.role not in (None, Role.ADMIN) or change.is_disabled:
                self._require_another_admin(by, before)
            self._require_free(person_id, values.get("username"), values.get("email"))
            now = self._clock.now()
            if _ends_logins(before, change):
                values["valid_from"] = _after(before.valid_from, now)
                self._end_all_of(before)
            tables.Person.update(**values, updated_at=now).where(tables.Person.id == person_id).execute()
            return self._get(person_id)

        return self._database.write(work)

    def delete(self, by: Principal, person_id: UUID) -> Person:
        """Who is deleted leaves what they said; their keys go with them.

        Raises ``PersonNotFound``, ``LastAdmin``, or ``NotAllowed`` for somebody who may more than ``by``.
        """

        def work() -> Person:
            person = self._reached(by, person_id)
            self._require_another_admin(by, person)
            self._end_all_of(person)
            tables.Person.delete().where(tables.Person.id == person_id).execute()
            return person

        return self._database.write(work)

    def _proven(self, is_they: Any, password: str) -> Person:
        with self._database.read():
            row = tables.Person.get_or_none(is_they)
        kept = row.password_hash if row is not None else None
        is_right = self._passwords.is_right(password, kept)
        if row is None or kept is None or row.is_disabled or not is_right:
            raise WrongPassword
        if self._passwords.is_outdated(kept):
            self._keep_anew(row.id, kept, self._passwords.hash(password))
        return _person(row)

    def _introduce(
        self, username: str, role: Role, email: str | None, password: str | None, *, by: Principal | None = None
    ) -> Person:
        """``by`` whoever adds somebody; None where they come by themselves."""
        name = names.username(username)
        secret = self._passwords.hash(password) if password is not None else None
        return self._add(f"{OWN}{name}", name, role, email=email, password_hash=secret, by=by, is_stranger=by is None)

    def _add(
        self,
        subject: str,
        username: str,
        role: Role,
        *,
        email: str | None = None,
        password_hash: str | None = None,
        valid_from: datetime | None = None,
        by: Principal | None = None,
        is_stranger: bool = False,
    ) -> Person:
        person_id, now, person = to_uuid(subject), self._clock.now(), tables.Person

        def work() -> Person:
            if by is not None:
                upheld.require(self._database, by, now)
            self._require_free(person_id, username, email, subject=subject)
            if is_stranger and has_left_any(person_id):
                raise UsernameExists
            person.create(
                id=person_id,
                subject=subject,
                email=email,
                username=username,
                password_hash=password_hash,
                role=role,
                valid_from=valid_from or now,
                created_at=now,
                updated_at=now,
            )
            # From now on whoever brings nothing is not let in any more.
            self._tell_ended(LOOPBACK.credential)
            return self._get(person_id)

        return self._database.write(work)

    def _require_free(
        self, person_id: UUID, username: str | None, email: str | None, *, subject: str | None = None
    ) -> None:
        """Nobody else may have the name or the address, and no agent the id: they would be taken for each other."""
        person = tables.Person
        others = person.select().where(person.id != person_id)
        if email and others.where(person.email == email).exists():
            raise EmailExists
        if username is not None and others.where(self._folded(person.username) == username.casefold()).exists():
            raise UsernameExists
        if subject is None:
            return
        if person.select().where((person.subject == subject) | (person.id == person_id)).exists():
            raise UsernameExists
        if tables.Agent.select().where(tables.Agent.id == person_id).exists():
            raise UsernameExists

    def _folded(self, column: Any) -> Any:
        return fn.casefold(column) if self._database.dialect == "sqlite" else fn.LOWER(column)

    def _values(self, change: Change) -> dict[str, Any]:
        """The columns that change. A password is hashed here, outside of any transaction."""
        values: dict[str, Any] = {"role": change.role, "is_disabled": change.is_disabled}
        if change.username is not None:
            values["username"] = names.username(change.username)
        if change.password is not None:
            values["password_hash"] = self._passwords.hash(change.password)
        given = {name: value for name, value in values.items() if value is not None}
        if change.email is not None:
            given["email"] = names.email(change.email) if change.email else None
        return given

    def _reached(self, by: Principal, person_id: UUID) -> Person:
        """Somebody to be changed, while nobody else changes any admin."""
        self._lock_admins()
        upheld.require(self._database, by, self._clock.now())
        person = self._get(person_id)
        require_all_of(by, person.role)
        return person

    def _require_another_admin(self, by: Principal, person: Person) -> None:
        row = tables.Person
        admins = row.select().where((row.role == Role.ADMIN) & (row.is_disabled == False))  # noqa: E712  # It is SQL.
        if by != COMMAND_LINE and _is_admin(person) and not admins.where(row.id != person.id).exists():
            raise LastAdmin

    def _lock_admins(self) -> None:
        """Let two admins not remove each other at the same moment."""
        row = tables.Person
        for person_id in column(row.select(row.id).where(row.role == Role.ADMIN).order_by(row.id)):
            self._database.lock(row, person_id)

    def _get(self, person_id: UUID) -> Person:
        row = tables.Person.get_or_none(tables.Person.id == person_id)
        if row is None:
            raise PersonNotFound(person_id)
        return _person(row)

    def _keep_anew(self, person_id: UUID, old: str, new: str) -> None:
        """The same password, hashed as it is done now; unless it has been changed meanwhile."""
        person = tables.Person
        query = person.update(password_hash=new).where((person.id == person_id) & (person.password_hash == old))
        self._database.write(query.execute)

    def _end_all_of(self, person: Person) -> None:
        """Their logins are over, and the sockets of their keys must look again what they may."""
        key = tables.ApiKey
        logins.end_all(person.known.credential)
        self._tell_ended(person.known.credential)
        for key_id in column(key.select(key.id).where(key.person == person.id)):
            self._tell_ended(f"key:{key_id}")

    def _tell_ended(self, credential: str) -> None:
        self._database.after_commit(partial(self._bus.publish, CredentialEnded(credential)))


def _ends_logins(before: Person, change: Change) -> bool:
    return (
        change.password is not None
        or change.role not in (None, before.role)
        or change.is_disabled not in (None, before.is_disabled)
    )


def _after(moment: datetime, now: datetime) -> datetime:
    """Now, but later than ``moment`` even if the clock was set back."""
    return max(now, moment + _TICK)


def _is_admin(person: Person) -> bool:
    return person.role is Role.ADMIN and not person.is_disabled


def _person(row: tables.Person) -> Person:
    return Person(
        id=row.id,
        subject=row.subject,
        email=row.email,
        username=row.username,
        role=Role(row.role),
        is_disabled=row.is_disabled,
        has_password=row.password_hash is not None,
        valid_from=row.valid_from,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
