"""Telltales: what gives a secret away, wherever it turns up."""

import re
from collections.abc import Callable, Mapping
from typing import Any

Path = tuple[str | int, ...]
"""The keys and indexes that lead to a value."""
Change = Callable[[Any, Path, bool], Any]

MASK = "********"
"""What is shown in a secret's place."""

NAME = re.compile(
    "key|token|secret|passw|passphrase|passcode|pwd|credential|creds|mnemonic|seed_?phrase|cookies?$"
    "|(?:^|[^a-z])pass$|(?-i:[a-z]Pass$)",  # As in SMTP_PASS, and not as in compass.
    re.IGNORECASE,
)
"""Found in the names of secrets."""

_COUNT = re.compile("tokens$", re.IGNORECASE)
_RATE = re.compile("tokens_?per_?(?:second|minute|hour|day|month)$", re.IGNORECASE)
_URL_PASSWORD = re.compile(r"(://[^\s/:@]*:)[^\s/]+(?=@)")
_CREDENTIALS = (
    # Each pattern starts at a word boundary: otherwise a long text would be searched again from every letter.
    (re.compile(r"(?<![\w-])eliza_[\w-]{16,}", re.ASCII), MASK),
    (re.compile(r"(?<![\w-])eyJ[\w-]+\.[\w-]+\.[\w-]*", re.ASCII), MASK),
    (
        re.compile(r"(\bauthorization[\"']?\s{0,9}[:=]\s{0,9}[\"']?(?:[a-z]{1,20} )?)[^\s\"',;]+", re.IGNORECASE),
        rf"\1{MASK}",
    ),
    (re.compile(r"(\bbearer\s{1,9})[\w.~+/=-]{16,}", re.ASCII | re.IGNORECASE), rf"\1{MASK}"),
)


def masked(value: Any) -> Any:
    """``value`` without secrets: values under a telltale name, and credentials inside texts, are masked."""
    return changed(value, _mask)


def changed(value: Any, change: Change, *, path: Path = (), is_secret: bool = False) -> Any:
    """``value`` with every text and number in it replaced by ``change``, which also gets its path.

    A value below a telltale name is secret. Empty texts, booleans and None are kept.
    """
    is_secret = is_secret or _tells(path, value)
    if isinstance(value, Mapping):
        return {key: changed(inner, change, path=(*path, key), is_secret=is_secret) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [changed(inner, change, path=(*path, place), is_secret=is_secret) for place, inner in enumerate(value)]
    if value is None or isinstance(value, bool) or value == "":
        return value
    return change(value, path, is_secret)


def without_credentials(text: str) -> str:
    """The text with a mask for each API key, token and password of a URL that can be recognized by its form."""
    for pattern, shown in _CREDENTIALS:
        text = pattern.sub(shown, text)
    return without_passwords(text)


def without_passwords(text: str) -> str:
    """The text with a mask for each password inside of a URL."""
    return _URL_PASSWORD.sub(rf"\g<1>{MASK}", text) if "://" in text else text


def _mask(value: Any, _path: Path, is_secret: bool) -> Any:
    if is_secret:
        return MASK
    return without_credentials(value) if isinstance(value, str) else value


def _tells(path: Path, value: Any) -> bool:
    name = path[-1] if path else ""
    if not isinstance(name, str) or NAME.search(name) is None or _RATE.search(name):
        return False
    return not (isinstance(value, int | float) and _COUNT.search(name))
