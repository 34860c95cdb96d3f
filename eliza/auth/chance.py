"""Chance: secrets that nobody guesses, and what is kept of them."""

import hashlib
import secrets

_BYTES = 32


def fresh() -> str:
    """A secret of 256 bits, which can stand in a header, a cookie and a URL."""
    return secrets.token_urlsafe(_BYTES)


def digest(secret: str) -> str:
    """What is kept of a secret that ``fresh`` made. It needs no salt and no slowness: nobody can try them all."""
    return hashlib.sha256(as_bytes(secret)).hexdigest()


def as_bytes(text: str) -> bytes:
    """Any text that somebody brought, half characters too, as something to compare."""
    return text.encode(errors="surrogatepass")
