"""Telltales: what gives a secret away, wherever it turns up."""

import re

MASK = "********"
"""What is shown in a secret's place."""

NAME = re.compile("key|token|secret|passw|passphrase|pwd|credential|creds", re.IGNORECASE)
"""Found in the names of secrets."""

_URL_PASSWORD = re.compile(r"(://[^\s/:@]*:)[^\s/]+(?=@)")


def without_passwords(text: str) -> str:
    """The text with a mask for each password inside of a URL."""
    return _URL_PASSWORD.sub(rf"\g<1>{MASK}", text) if "://" in text else text
