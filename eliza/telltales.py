"""Telltales: what gives a secret away, wherever it turns up."""

import re
from collections.abc import Mapping
from typing import Any

MASK = "********"
"""What is shown in a secret's place."""

NAME = re.compile("key|token|secret|passw|passphrase|pwd|credential|creds", re.IGNORECASE)
"""Found in the names of secrets."""

_COUNT = re.compile("tokens$", re.IGNORECASE)
_URL_PASSWORD = re.compile(r"(://[^\s/:@]*:)[^\s/]+(?=@)")
_CREDENTIALS = (
    # Each begins where no word goes on: so a long text is looked through once, not again from each of its letters.
    (re.compile(r"(?<![\w-])eliza_[\w-]{16,}", re.ASCII), MASK),
    (re.compile(r"(?<![\w-])eyJ[\w-]+\.[\w-]+\.[\w-]*", re.ASCII), MASK),
    (
        re.compile(r"(\bauthorization[\"']?\s{0,9}[:=]\s{0,9}[\"']?(?:[a-z]{1,20} )?)[^\s\"',;]+", re.IGNORECASE),
        rf"\1{MASK}",
    ),
    (re.compile(r"(\bbearer\s{1,9})[\w.~+/=-]{16,}", re.ASCII | re.IGNORECASE), rf"\1{MASK}"),
)


def masked(value: Any, *, name: str = "", is_secret: bool = False) -> Any:
    """``value`` without its secrets: whatever lies under a telltale name, and credentials inside of texts."""
    hidden = is_secret or _tells(name, value)
    if isinstance(value, Mapping):
        return {key: masked(inner, name=key, is_secret=hidden) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [masked(inner, is_secret=hidden) for inner in value]
    if value is None or isinstance(value, bool) or value == "":
        return value
    if hidden:
        return MASK
    return without_credentials(value) if isinstance(value, str) else value


def without_credentials(text: str) -> str:
    """The text with a mask for each API key, token and password of a URL that can be told by its looks."""
    for pattern, shown in _CREDENTIALS:
        text = pattern.sub(shown, text)
    return without_passwords(text)


def without_passwords(text: str) -> str:
    """The text with a mask for each password inside of a URL."""
    return _URL_PASSWORD.sub(rf"\g<1>{MASK}", text) if "://" in text else text


def _tells(name: str, value: Any) -> bool:
    is_number = isinstance(value, int | float)
    return NAME.search(name) is not None and not (is_number and _COUNT.search(name))
