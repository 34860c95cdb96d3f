"""Query: what may stand behind the question mark of a URL, as fields of pydantic models."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, WithJsonSchema

from eliza.clock import from_milliseconds

_LATEST = 253_402_300_799_000  # The end of the year 9999, as far as a datetime goes.
_FARTHEST = 2**62  # Any database can compare with it.


class Query(BaseModel):
    """What a route reads from the query. A parameter without a value counts as absent; unknown ones are passed over."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True, frozen=True)


def between(least: int, most: int) -> AfterValidator:
    """For whole numbers that are brought within bounds instead of being refused."""
    return AfterValidator(lambda value: max(least, min(value, most)))


def _place(value: int) -> int:
    if value < 0:
        raise ValueError("must not be negative")
    return min(value, _FARTHEST)


def _moment(value: object) -> datetime:
    text = str(value)
    if text.isdecimal():
        return from_milliseconds(min(int(text), _LATEST))
    try:
        moment = _written(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise ValueError("must be milliseconds since the epoch or an ISO 8601 date") from None


def _written(text: str) -> datetime:
    if "GMT" in text:
        # How JavaScript spells a Date that is put into a URL as it is, which elizaOS's own client does.
        return datetime.strptime(text.partition(" (")[0], "%a %b %d %Y %H:%M:%S GMT%z")
    return datetime.fromisoformat(text)


Limit = Annotated[int, between(1, 1000)]
"""How many items of a list: at least 1, at most 1000."""

Place = Annotated[int, AfterValidator(_place)]
"""A place in a numbered row."""

Moment = Annotated[
    datetime,
    BeforeValidator(_moment),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "format": "date-time"}]}),
]
"""A moment, as milliseconds since the epoch or as ISO 8601, in UTC unless it says otherwise."""


class Skipping(Query):
    """For clients that know no cursor: ``page`` counts from 1 and ``offset`` from 0."""

    limit: Limit = 1000
    page: Place = 1
    offset: Place | None = None

    @property
    def skip(self) -> int:
        """How many items come before what is asked for."""
        wanted = max(self.page - 1, 0) * self.limit if self.offset is None else self.offset
        return min(wanted, _FARTHEST)
