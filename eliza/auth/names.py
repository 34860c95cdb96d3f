"""Names: which usernames and email addresses are valid, and how they are stored."""

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
    """The name as it is stored, in Unicode's NFKC form. Raises ``InvalidUsername``."""
    name = " ".join(unicodedata.normalize("NFKC", text).split())
    if not _SHORTEST <= len(name) <= _LONGEST or not all(letter == " " or _is_visible(letter) for letter in name):
        raise InvalidUsername
    return name


def email(text: str) -> str:
    """The address as it is stored, in lower case. Raises ``InvalidEmail``."""
    address = folded(text)
    if len(address) > _LONGEST_EMAIL or not _EMAIL.fullmatch(address) or not all(map(_is_visible, address)):
        raise InvalidEmail
    return address


def folded(text: str) -> str:
    """An address in the form in which addresses are compared."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def _is_visible(letter: str) -> bool:
    # Not control characters, format characters such as direction overrides, lone surrogates, or spaces.
    return unicodedata.category(letter)[0] not in "CZ"
