"""Ids: UUIDs, and the ones elizaOS derives from text, so that existing data keeps its names.

The rule is observed behaviour of elizaOS 1.7.2: percent-encode as JavaScript's
``encodeURIComponent``, take SHA-1, keep 16 bytes, clear the version nibble, set the variant.
"""

import hashlib
import re
from urllib.parse import quote
from uuid import UUID, uuid4, uuid5

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_UNESCAPED = "-_.!~*'()"

DEFAULT_MESSAGE_SERVER = UUID(int=0)
NOBODY = UUID(int=2**128 - 1)
"""An id that no person, agent or thing has."""


def new_id() -> UUID:
    return uuid4()


def is_uuid(text: str) -> bool:
    """True for 8-4-4-4-12 hex digits in either case; version and variant are not looked at."""
    return _UUID.fullmatch(text) is not None


def to_uuid(text: str) -> UUID:
    """The UUID elizaOS derives from ``text``; a text that already is one stands for itself."""
    if is_uuid(text):
        return UUID(text)
    digest = bytearray(hashlib.sha1(quote(text, safe=_UNESCAPED).encode(), usedforsecurity=False).digest()[:16])
    digest[6] &= 0x0F
    digest[8] = (digest[8] & 0x3F) | 0x80
    return UUID(bytes=bytes(digest))


def reply_id(turn_id: UUID, part: int = 0) -> UUID:
    """The id an agent's reply will have, known before it is written and the same on every attempt."""
    return uuid5(turn_id, f"reply {part}")


def action_id(turn_id: UUID, number: int) -> UUID:
    """The id of an agent's action in a turn, the same on every attempt."""
    return uuid5(turn_id, f"action {number}")


def unique_to(agent_id: UUID, base: UUID | str) -> UUID:
    """The id under which one agent knows something shared: a channel as its room, a message as its memory."""
    if str(base) == str(agent_id):
        return agent_id
    return to_uuid(f"{base}:{agent_id}")
