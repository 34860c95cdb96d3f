"""Verification keys: the public keys of another service whose tokens are accepted. Their type fixes the algorithm."""

import base64
from dataclasses import dataclass
from typing import Protocol

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, SECP384R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key, load_pem_public_key

from eliza.errors import ConfigurationError

PublicKey = Ed25519PublicKey | EllipticCurvePublicKey | RSAPublicKey
Key = PublicKey | bytes

_ED25519_BYTES = 32
_SHORTEST_RSA = 2048


class VerificationKeys(Protocol):
    def find(self, key_id: object) -> tuple[Key, str]:
        """The key that a token's ``kid`` names, and the one algorithm it signs with. Raises ``jwt.PyJWTError``."""
        ...


@dataclass(frozen=True, slots=True)
class SingleKey:
    """The only key of a service, whatever ``kid`` its tokens name."""

    key: Key
    algorithm: str

    def find(self, _key_id: object) -> tuple[Key, str]:
        return self.key, self.algorithm


def algorithm_of(key: object) -> str:
    """The algorithm of a public key, which a token cannot choose. Raises ``ValueError`` for a type not accepted."""
    if isinstance(key, Ed25519PublicKey):
        return "EdDSA"
    if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1):
        return "ES256"
    if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP384R1):
        return "ES384"
    if isinstance(key, RSAPublicKey) and key.key_size >= _SHORTEST_RSA:
        return "RS256"
    raise ValueError("neither Ed25519, P-256, P-384 nor RSA of 2048 bits")


def read_key(text: str) -> SingleKey:
    """Raises ``ConfigurationError`` if ``text`` is not a public key."""
    try:
        key = _read(text.replace("\\n", "\n").strip())
        return SingleKey(key, algorithm_of(key))
    except (ValueError, UnsupportedAlgorithm) as failure:
        raise ConfigurationError(
            "PRIVY_VERIFICATION_KEY or JWT_ED25519_PUBLIC_KEY is not a public key that can be used: it takes the PEM "
            "of an Ed25519, P-256, P-384 or RSA key, or the 32 bytes of an Ed25519 key in base64."
        ) from failure


def _read(text: str) -> PublicKey:
    if text.startswith("-----"):
        key = load_pem_public_key(text.encode())
    else:
        raw = base64.b64decode(text, validate=True)
        key = Ed25519PublicKey.from_public_bytes(raw) if len(raw) == _ED25519_BYTES else load_der_public_key(raw)
    if not isinstance(key, Ed25519PublicKey | EllipticCurvePublicKey | RSAPublicKey):
        raise ValueError("a key of another kind")
    return key
