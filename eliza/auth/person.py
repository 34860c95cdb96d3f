"""Person: somebody who has an account here, a change to an account, and the errors that accounts raise."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from eliza.access.authenticator import CredentialRefused
from eliza.access.roles import Role
from eliza.auth.identities import KnownPerson
from eliza.db import tables
from eliza.errors import Conflict, ElizaError, NotFound


class PersonNotFound(NotFound):
    code = "PERSON_NOT_FOUND"

    def __init__(self, person: UUID | str) -> None:
        super().__init__(f"Person {person} not found")


class SeveralPeople(Conflict):
    code = "SEVERAL_PEOPLE"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} matches several people; give the id of the one you mean")


class EmailExists(Conflict):
    code = "EMAIL_EXISTS"

    def __init__(self) -> None:
        super().__init__("Somebody has registered with this email address already")


class UsernameExists(Conflict):
    code = "USERNAME_EXISTS"

    def __init__(self) -> None:
        super().__init__("This username is taken already")


class LastAdmin(Conflict):
    """Without an admin, only the command line could make one."""

    code = "LAST_ADMIN"

    def __init__(self) -> None:
        super().__init__("This is the last admin; make somebody else an admin first")


class WrongPassword(CredentialRefused):
    """The email address or the password is wrong, or the person is disabled: the caller is not told which."""

    code = "INVALID_CREDENTIALS"

    def __init__(self) -> None:
        ElizaError.__init__(self, "Invalid email or password")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as they are stored. ``id`` is the entity they speak as."""

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

    @classmethod
    def of(cls, row: tables.Person) -> "Person":
        return cls(
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

    @property
    def known(self) -> KnownPerson:
        return KnownPerson(self.id, self.username, self.role, self.is_disabled, self.valid_from)

    @property
    def is_admin(self) -> bool:
        return self.role is Role.ADMIN and not self.is_disabled


@dataclass(frozen=True, slots=True)
class Change:
    """What to change of a person; None leaves a field as it is. An empty ``email`` removes the address."""

    role: Role | None = None
    username: str | None = None
    email: str | None = None
    password: str | None = field(default=None, repr=False)
    is_disabled: bool | None = None

    def ends_logins_of(self, person: Person) -> bool:
        """True if the tokens and logins that ``person`` has are invalid after this change."""
        return (
            self.password is not None
            or self.role not in (None, person.role)
            or self.is_disabled not in (None, person.is_disabled)
        )

    def demotes(self, person: Person) -> bool:
        """True if it takes the role of an admin away, or disables somebody."""
        return person.is_admin and (self.role not in (None, Role.ADMIN) or bool(self.is_disabled))

    @property
    def for_audit(self) -> dict[str, object]:
        """The new values by name; of a password only that there is a new one."""
        shown: dict[str, object] = {
            "role": self.role,
            "username": self.username,
            "email": self.email,
            "disabled": self.is_disabled,
            "new password": None if self.password is None else True,
        }
        return {name: value for name, value in shown.items() if value is not None}
