"""Names: what people may be called, and by what address they are known."""

import re
import unicodedata

from eliza.errors import InvalidInput

_SHORTEST, _LONGEST = 3, 50
_LONGEST_EMAIL = 254
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


class InvalidUsername(InvalidInput):
    code = "INVALID_USERNAME"

    def __init__(self) -> None:
        super().__init__(f"username: must have {_SHORTEST} to {_LONGEST} visible characters")


class InvalidEmail(InvalidInput):
    code = "INVALID_EMAIL"

    def __init__(self) -> None:
        super().__init__("email: must be an email address")


def username(text: str) -> str:
    """The name as it is kept: one way to write it where Unicode has several. Raises ``InvalidUsername``."""
    name = " ".join(unicodedata.normalize("NFKC", text).split())
    if not _SHORTEST <= len(name) <= _LONGEST or not all(letter == " " or _is_visible(letter) for letter in name):
        raise InvalidUsername
    return name


def email(text: str) -> str:
    """The address in small letters. Raises ``InvalidEmail``."""
    address = folded(text)
    if len(address) > _LONGEST_EMAIL or not _EMAIL.fullmatch(address) or not all(map(_is_visible, address)):
        raise InvalidEmail
    return address


def folded(text: str) -> str:
    """An address as it is looked for."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def _is_visible(letter: str) -> bool:
    # Controls, formats such as those that turn the writing direction, halves of characters, and spaces.
    return unicodedata.category(letter)[0] not in "CZ"
