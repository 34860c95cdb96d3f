"""Principal: who is asking, as the gate found out before the view was called."""

from uuid import UUID

from flask import g, request

from eliza.access.principal import Principal
from eliza.errors import InvalidInput
from eliza.ids import is_uuid

_HEADER = "X-Entity-Id"


def current_principal() -> Principal:
    """Who sent the request at hand."""
    principal: Principal = g.principal
    return principal


def sender(given: UUID | None, field: str) -> UUID:
    """For whom the request speaks: whoever ``given``, the header or the credential names.

    Raises ``NotYourself`` where the credential speaks for somebody else, ``InvalidInput`` where none of them says it.
    """
    entity = spoken_for(given, field)
    if entity is None:
        raise InvalidInput(f"{field}: required, unless the {_HEADER} header says who it is", details={"field": field})
    return entity


def spoken_for(given: UUID | None, field: str) -> UUID | None:
    """As ``sender``, but None where nobody says for whom. Raises ``NotYourself``."""
    return current_principal().speak_as(given or _header(), field)


def _header() -> UUID | None:
    text = request.headers.get(_HEADER, "")
    if text and not is_uuid(text):
        raise InvalidInput(f"{_HEADER}: must be a UUID", details={"field": _HEADER})
    return UUID(text) if text else None
