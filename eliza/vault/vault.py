"""Vault: encrypts values with the server's key, each bound to the place where it is stored."""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from eliza.errors import ElizaError

PREFIX = "enc:v1:"
"""The prefix of every encrypted text."""

_NONCE = 12
_BYTES = 32


class Undecipherable(ElizaError):
    """A stored value cannot be decrypted with any of the keys, or belongs to another place."""

    code = "UNDECIPHERABLE"

    def __init__(self, place: str) -> None:
        super().__init__(
            f"A secret of {place} cannot be decrypted: it was encrypted with another key or for another place"
        )


class Vault:
    """Holds the server's keys. The first one encrypts; older ones still decrypt."""

    def __init__(self, key: str, *older: str) -> None:
        self._keys = (key, *older)
        self._ciphers = [AESGCM(_derived(one, "values")) for one in self._keys]

    def derive(self, purpose: str) -> bytes:
        """A derived key of 32 bytes: the same after a restart, different for each purpose, and not reversible."""
        return _derived(self._keys[0], purpose)

    def derive_older(self, purpose: str) -> list[bytes]:
        """The same from each of the older keys."""
        return [_derived(key, purpose) for key in self._keys[1:]]

    def encrypt(self, text: str, *, place: str) -> str:
        """Encrypt a text. It can be decrypted only for the same ``place``, which names the row and the path."""
        nonce = os.urandom(_NONCE)
        locked = self._ciphers[0].encrypt(nonce, text.encode(errors="surrogatepass"), place.encode())
        return PREFIX + urlsafe_b64encode(nonce + locked).decode()

    def decrypt(self, locked: str, *, place: str) -> str:
        """Decrypt what was encrypted for ``place``. Raises ``Undecipherable``."""
        try:
            raw = urlsafe_b64decode(locked.removeprefix(PREFIX))
        except ValueError:
            raise Undecipherable(place) from None
        for cipher in self._ciphers:
            try:
                return cipher.decrypt(raw[:_NONCE], raw[_NONCE:], place.encode()).decode(errors="surrogatepass")
            except (InvalidTag, ValueError):  # ValueError: too short to be ours.
                continue
        raise Undecipherable(place)


@cache
def _derived(key: str, purpose: str) -> bytes:
    return HKDF(SHA256(), length=_BYTES, salt=None, info=f"eliza {purpose}".encode()).derive(key.encode())
