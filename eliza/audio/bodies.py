"""Bodies: what clients send to be spoken, and who they say is speaking."""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from eliza.audio.talks import ANYBODY, Speaker
from eliza.http.body import first_problem, holds_nul, invalid, strict_json
from eliza.http.principal import current_principal, spoken_for

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]


class Body(BaseModel):
    model_config = ConfigDict(extra="ignore", populate_by_name=True)


class Spoken(Body):
    text: Words


class SpokenMessage(Body):
    """Words, or a message of a channel that holds them."""

    text: Words | None = None
    message_id: UUID | None = Field(default=None, validation_alias=AliasChoices("messageId", "message_id"))

    @model_validator(mode="after")
    def _one_of_both(self) -> "SpokenMessage":
        if (self.text is None) == (self.message_id is None):
            raise ValueError("text or messageId: give one of them")
        return self


class Person(Body):
    """Who speaks where, under each of the names that clients have for it."""

    entity_id: UUID | None = Field(default=None, validation_alias=AliasChoices("entityId", "userId"))
    room_id: UUID | None = Field(default=None, validation_alias=AliasChoices("roomId", "channelId"))
    name: str | None = Field(default=None, validation_alias=AliasChoices("userName", "name"), max_length=200)

    def speaker(self) -> Speaker:
        """Raises ``NotYourself``, or ``InvalidInput`` for a header that names nobody."""
        return Speaker(spoken_for(self.entity_id, "entityId") or ANYBODY, current_principal(), self.name, self.room_id)


class Talk(Person):
    text: Words


def speaker_of(fields: Mapping[str, str]) -> Speaker:
    """Who sent a form: as its fields say, or the object in its field ``metadata``.

    Raises ``InvalidInput`` or ``NotYourself``.
    """
    if holds_nul(dict(fields)):
        raise invalid("body", "must not contain NUL characters")
    try:
        return Person.model_validate({**_metadata(fields.get("metadata")), **fields}).speaker()
    except ValidationError as failure:
        raise invalid(*first_problem(failure)) from None


def _metadata(text: str | None) -> dict[str, object]:
    if not text:
        return {}
    try:
        value = strict_json(text.encode())
    except ValueError as failure:
        raise invalid("metadata", str(failure)) from None
    if not isinstance(value, dict):
        raise invalid("metadata", "must be a JSON object")
    return value
