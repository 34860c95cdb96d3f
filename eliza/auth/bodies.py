"""Bodies: what clients send about who they are, about keys and about people."""

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from eliza.access.roles import Permission, Role
from eliza.auth.key import Draft
from eliza.auth.person import Change
from eliza.http.body import Name
from eliza.http.query import Moment

_FAR = timedelta(days=36_500)


class Body(BaseModel):
    # Where something does not fit, the value is not repeated: it may be a password.
    model_config = ConfigDict(extra="ignore", populate_by_name=True, frozen=True, hide_input_in_errors=True)


class StrictBody(Body):
    """For routes that elizaOS does not have: a field with a wrong name must not be taken for one left out."""

    model_config = ConfigDict(extra="forbid")


def _text(value: object) -> object:
    return value if isinstance(value, str) else ""


Word = Annotated[str, BeforeValidator(_text)]
"""A text, for whose absence elizaOS's clients know a code of its own."""


class Registration(Body):
    """With ``cookie`` the browser is signed in besides."""

    email: Word = ""
    username: Word = ""
    password: Word = Field(default="", repr=False)
    cookie: bool = False


class Login(Body):
    """With an ``email`` and a ``password``, or with an ``apiKey``. With ``cookie`` the browser is signed in besides."""

    email: Word = ""
    password: Word = Field(default="", repr=False)
    api_key: Annotated[str, Field(min_length=1)] | None = Field(default=None, validation_alias="apiKey", repr=False)
    cookie: bool = False


class NewPassword(StrictBody):
    password: Word = Field(default="", repr=False)
    new_password: Word = Field(default="", validation_alias="newPassword", repr=False)


def _once(scopes: list[Permission]) -> list[Permission]:
    return sorted(set(scopes))


class NewKey(StrictBody):
    """``scopes`` narrow the role; ``act-as`` alone comes on top of it. ``personId`` or ``entityId`` say whose it is."""

    name: Name
    role: Role | None = None
    scopes: Annotated[list[Permission], Field(min_length=1), AfterValidator(_once)] | None = None
    expires_at: Moment | None = Field(default=None, validation_alias="expiresAt")
    expires_in_days: Annotated[float, Field(gt=0, le=_FAR.days)] | None = Field(
        default=None, validation_alias="expiresInDays"
    )
    person_id: UUID | None = Field(default=None, validation_alias="personId")
    entity_id: UUID | None = Field(default=None, validation_alias="entityId")

    def draft(self, now: datetime) -> Draft:
        ends = [self.expires_at, now + timedelta(days=self.expires_in_days) if self.expires_in_days else None]
        return Draft(
            name=self.name,
            role=self.role,
            scopes=None if self.scopes is None else frozenset(self.scopes),
            expires_at=min((end for end in ends if end is not None), default=None),
            person_id=self.person_id,
            entity_id=self.entity_id,
        )


class NewPerson(StrictBody):
    """Without a ``password``, somebody has to give them one before they can sign in with it."""

    username: Word = ""
    email: str | None = None
    password: str | None = Field(default=None, repr=False)
    role: Role = Role.MEMBER


class PersonChange(StrictBody):
    """What is left out stays. An empty ``email`` takes it away."""

    role: Role | None = None
    username: str | None = None
    email: str | None = None
    password: str | None = Field(default=None, repr=False)
    is_disabled: bool | None = Field(default=None, validation_alias="isDisabled")

    def change(self) -> Change:
        return Change(self.role, self.username, self.email, self.password, self.is_disabled)
