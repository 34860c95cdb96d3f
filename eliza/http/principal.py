"""Principal: who sent the current request, as the gate has determined."""

from uuid import UUID

from flask import g, request

from eliza.access.principal import Principal
from eliza.errors import InvalidInput
from eliza.ids import is_uuid

_HEADER = "X-Entity-Id"


def current_principal() -> Principal:
    """Who sent the current request."""
    principal: Principal = g.principal
    return principal


def sender(given: UUID | None, field: str) -> UUID:
    """The entity that the request speaks for: ``given``, else the ``X-Entity-Id`` header, else the credential's own.

    Raises ``NotYourself`` if the credential may not speak for it, ``InvalidInput`` if none of them names an entity.
    """
    entity = spoken_for(given, field)
    if entity is None:
        raise InvalidInput(f"{field}: required, unless the {_HEADER} header names the entity", details={"field": field})
    return entity


def spoken_for(given: UUID | None, field: str) -> UUID | None:
    """Like ``sender``, but None if none of them names an entity. Raises ``NotYourself``."""
    return current_principal().speak_as(given or _header(), field)


def _header() -> UUID | None:
    text = request.headers.get(_HEADER, "")
    if text and not is_uuid(text):
        raise InvalidInput(f"{_HEADER}: must be a UUID", details={"field": _HEADER})
    return UUID(text) if text else None
