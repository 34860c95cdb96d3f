"""Random secrets: values that cannot be guessed, and the hashes of them that are stored."""

import hashlib
import secrets

_BYTES = 32


def generate() -> str:
    """A secret of 256 bits, in characters that are allowed in a header, a cookie and a URL."""
    return secrets.token_urlsafe(_BYTES)


def digest(secret: str) -> str:
    """The hash to store. A secret of ``generate`` needs neither salt nor a slow hash: there are too many to try."""
    return hashlib.sha256(as_bytes(secret)).hexdigest()


def as_bytes(text: str) -> bytes:
    """Bytes to compare or hash, of any text a client can send, lone surrogates included."""
    return text.encode(errors="surrogatepass")
