"""Vault: keeps what must stay secret where others may look: encrypted, and bound to its place."""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from eliza.errors import ElizaError

PREFIX = "enc:v1:"
"""What every encrypted text begins with."""

_NONCE = 12
_BYTES = 32


class Undecipherable(ElizaError):
    """What is stored cannot be read with any of the keys, or was not written for this place."""

    code = "UNDECIPHERABLE"

    def __init__(self, place: str) -> None:
        super().__init__(f"A secret of {place} cannot be read: it was written with another key, or for another place")


class Vault:
    """Holds the server's keys. The first one encrypts; those it replaced are still good for reading."""

    def __init__(self, key: str, *older: str) -> None:
        self._keys = (key, *older)
        self._ciphers = [AESGCM(_derived(one, "values")) for one in self._keys]

    def derive(self, purpose: str) -> bytes:
        """32 bytes that are the same after every restart, others for every purpose, and tell nothing of the key."""
        return _derived(self._keys[0], purpose)

    def derive_older(self, purpose: str) -> list[bytes]:
        """The same of the keys that the first one replaced."""
        return [_derived(key, purpose) for key in self._keys[1:]]

    def encrypt(self, text: str, *, place: str) -> str:
        """The text as nobody can read it without the key. It opens at its ``place`` only: the row and the path."""
        nonce = os.urandom(_NONCE)
        locked = self._ciphers[0].encrypt(nonce, text.encode(errors="surrogatepass"), place.encode())
        return PREFIX + urlsafe_b64encode(nonce + locked).decode()

    def decrypt(self, locked: str, *, place: str) -> str:
        """What was encrypted for ``place``. Raises ``Undecipherable``."""
        try:
            raw = urlsafe_b64decode(locked.removeprefix(PREFIX))
        except ValueError:
            raise Undecipherable(place) from None
        for cipher in self._ciphers:
            try:
                return cipher.decrypt(raw[:_NONCE], raw[_NONCE:], place.encode()).decode(errors="surrogatepass")
            except (InvalidTag, ValueError):  # ValueError: shorter than any that we wrote.
                continue
        raise Undecipherable(place)


@cache
def _derived(key: str, purpose: str) -> bytes:
    return HKDF(SHA256(), length=_BYTES, salt=None, info=f"eliza {purpose}".encode()).derive(key.encode())
