"""Tokens: ours, and those of a service that we were told to believe. Everything else is refused."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import jwt
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from gevent.pywsgi import WSGIServer
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from eliza.access.authenticator import CredentialRefused, Presented
from eliza.access.principal import LOOPBACK
from eliza.auth.bodies import Login, NewPerson, Registration
from eliza.auth.jwks import KeysUnavailable
from eliza.auth.person import Change
from eliza.auth.sign_in import SignedIn
from eliza.auth.tokens import LEEWAY, LIFETIME, Claims, Tokens
from eliza.clock import milliseconds
from eliza.config import TokenSettings
from eliza.errors import ConfigurationError
from eliza.testing.clock import NOON, FrozenClock

SECRET = b"a secret of this server, made at its first start"
SHARED = "a secret that another service was told, too"
ISSUER, AUDIENCE = "https://id.example.org", "eliza on the hill"
_WHENEVER: Any = {"verify_exp": False, "verify_iat": False, "verify_aud": False}
_KINDS = {"Ed25519": OKPAlgorithm, "EC": ECAlgorithm, "RSA": RSAAlgorithm}
ED25519, P256 = ed25519.Ed25519PrivateKey.generate(), ec.generate_private_key(ec.SECP256R1())


def test_a_token_of_ours_says_what_elizaos_says_in_its_own(clock: FrozenClock) -> None:
    token = _tokens(clock).make("eliza:ada", NOON)

    claims = jwt.decode(token, options={"verify_signature": False})
    assert jwt.get_unverified_header(token) == {"alg": "HS256", "typ": "JWT"}
    assert (claims["iss"], claims["sub"]) == ("eliza-server", "eliza:ada")
    assert claims["exp"] - claims["iat"] == 7 * 24 * 3600


def test_a_token_of_ours_is_read_as_it_was_made_until_it_expires(clock: FrozenClock) -> None:
    tokens = _tokens(clock)
    token = tokens.make("eliza:ada", NOON)

    assert tokens.read(token) == Claims("eliza:ada", NOON, NOON + LIFETIME + LEEWAY, milliseconds(NOON), NOON)

    clock.advance(LIFETIME.total_seconds() + 31)
    _refuses(tokens, token, "has expired")


def test_another_servers_token_is_none_of_ours(clock: FrozenClock) -> None:
    other = Tokens(TokenSettings(), b"the secret of another server, which is long", clock)

    _refuses(_tokens(clock), other.make("eliza:ada", NOON))


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "somebody"},
        {"aud": "somebody"},
        {"aud": None},
        {"sub": "ada"},
        {"sub": ""},
        {"sub": "eliza:" + "a" * 300},
        {"sub": 5},
        {"sub": "eliza:a\0"},
        {"sub": "eliza:a\n"},
        {"exp": None},
        {"exp": "tomorrow"},
        {"exp": 1e300},
        {"exp": 253_402_300_798},
        {"exp": float("nan")},
        {"exp": True},
        {"iat": None},
        {"iat": 4e9},
        {"nbf": 4e9},
        {"ver": None},
        {"ver": "1"},
        {"auth_time": None},
    ],
    ids=str,
)
def test_a_token_that_lacks_something_is_refused_whoever_signed_it(clock: FrozenClock, change: dict[str, Any]) -> None:
    tokens = _tokens(clock)
    claims = jwt.decode(tokens.make("eliza:ada", NOON), options={"verify_signature": False}) | change
    claims = {name: value for name, value in claims.items() if value is not None}

    _refuses(tokens, _signed(claims, SECRET))


@pytest.mark.parametrize("header", [{"alg": "none"}, {"alg": "None"}, {"alg": "HS512"}, {"alg": "EdDSA"}, {}], ids=str)
def test_a_token_has_no_say_in_how_it_is_signed(clock: FrozenClock, header: dict[str, str]) -> None:
    tokens = _tokens(clock)
    claims = tokens.make("eliza:ada", NOON).split(".")[1]

    for signature in (b"", hmac.digest(SECRET, f"{_part(header)}.{claims}".encode(), hashlib.sha256)):
        _refuses(tokens, f"{_part(header)}.{claims}.{_base64(signature)}")


@pytest.mark.parametrize("junk", ["", ".", "..", "a.b.c", "eyJ.eyJ.x", "x" * 10_000, "\ud800.a.b", "é.é.é", '{"a":1}'])
def test_what_is_no_token_is_refused(clock: FrozenClock, junk: str) -> None:
    _refuses(_tokens(clock), junk)


@pytest.mark.parametrize(
    "payload", ["[" * 4000, '{"exp": ' + "9" * 5000 + "}", '{"iss": {}}', "null", '"text"'], ids=len
)
def test_json_that_nobody_can_read_is_refused_wherever_it_stands(clock: FrozenClock, payload: str) -> None:
    good, part = _part({"alg": "HS256"}), _base64(payload.encode())

    for token in (f"{good}.{part}.{_base64(b'x')}", f"{part}.{part}.{_base64(b'x')}", f"{part}.{good}.x"):
        _refuses(_tokens(clock), token)


# Those of another service


@pytest.mark.parametrize("kind", ["PEM", "one line", "raw"])
def test_a_service_with_an_ed25519_key_is_believed(clock: FrozenClock, kind: str) -> None:
    public = ED25519.public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    raw = base64.b64encode(public.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()
    written = {"PEM": pem, "one line": pem.replace("\n", "\\n"), "raw": raw}[kind]
    tokens = _tokens(clock, public_key=written, issuer=ISSUER, audience=AUDIENCE)

    assert tokens.read(_foreign(ED25519, "EdDSA")) == Claims("did:42", NOON, NOON + timedelta(hours=1) + LEEWAY)
    _refuses(tokens, _foreign(ed25519.Ed25519PrivateKey.generate(), "EdDSA"))


def test_a_public_key_does_not_serve_as_a_secret(clock: FrozenClock) -> None:
    pem = P256.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    tokens = _tokens(clock, public_key=pem.decode(), issuer=ISSUER, audience=AUDIENCE)

    assert tokens.read(_foreign(P256, "ES256")).subject == "did:42"
    _refuses(tokens, _signed(_claims(), pem))
    _refuses(tokens, _signed(_claims(), pem.strip()))


@pytest.mark.parametrize(
    "change",
    [{"iss": "https://evil.example"}, {"aud": "another app"}, {"aud": ["others"]}, {"sub": "eliza:ada"}, {"exp": 1}],
    ids=str,
)
def test_of_a_service_only_what_it_says_to_us_about_its_own_people_is_believed(
    clock: FrozenClock, change: dict[str, Any]
) -> None:
    tokens = _tokens(clock, secret=SHARED, issuer=ISSUER, audience=AUDIENCE)
    assert tokens.read(_signed(_claims(), SHARED.encode())).subject == "did:42"

    _refuses(tokens, _signed(_claims() | change, SHARED.encode()))


def test_a_shared_secret_signs_ours_and_believes_no_others_until_it_is_told_whose(clock: FrozenClock) -> None:
    tokens = _tokens(clock, secret=SHARED)

    assert not tokens.knows_others
    assert jwt.decode(tokens.make("eliza:ada", NOON), SHARED, ["HS256"], options=_WHENEVER)["sub"] == "eliza:ada"
    _refuses(tokens, _signed(_claims(), SHARED.encode()))


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"secret": "short"}, "JWT_SECRET has fewer than 32"),
        ({"public_key": "nonsense"}, "is not a public key"),
        ({"public_key": "bm9uc2Vuc2U="}, "is not a public key"),
        ({"jwks_url": "https://id.example.org/jwks"}, "JWT_ISSUER and JWT_AUDIENCE"),
        ({"jwks_url": "https://id.example.org/jwks", "issuer": ISSUER}, "JWT_ISSUER and JWT_AUDIENCE"),
        ({"jwks_url": "http://id.example.org/jwks", "issuer": ISSUER, "audience": AUDIENCE}, "https://"),
        ({"jwks_url": "file:///etc/passwd", "issuer": ISSUER, "audience": AUDIENCE}, "https://"),
        ({"secret": SHARED, "audience": AUDIENCE}, "JWT_ISSUER and JWT_AUDIENCE"),
        ({"secret": SHARED, "issuer": "eliza-server", "audience": AUDIENCE}, "name of this server's own issuer"),
    ],
    ids=str,
)
def test_a_server_does_not_start_with_settings_that_would_let_in_anybody(
    clock: FrozenClock, settings: dict[str, str], why: str
) -> None:
    with pytest.raises(ConfigurationError, match=why):
        _tokens(clock, **settings)


# Published keys


def test_published_keys_are_fetched_once_and_again_for_a_new_one(clock: FrozenClock, published: "Published") -> None:
    clock.advance(100)
    tokens = _tokens(clock, jwks_url=published.url, issuer=ISSUER, audience=AUDIENCE)
    published.keys = [_jwk(ED25519, "first")]
    assert published.asked == 0

    for _ in range(3):
        assert tokens.read(_foreign(ED25519, "EdDSA", "first")).subject == "did:42"
    assert published.asked == 1

    published.keys = [_jwk(P256, "second")]
    clock.advance(20)
    assert tokens.read(_foreign(P256, "ES256", "second")).subject == "did:42"
    _refuses(tokens, _foreign(ED25519, "EdDSA", "first"))


def test_invented_key_ids_make_nobody_ask_all_the_time(clock: FrozenClock, published: "Published") -> None:
    tokens = _tokens(clock, jwks_url=published.url, issuer=ISSUER, audience=AUDIENCE)
    published.keys = [_jwk(ED25519, "first")]

    for number in range(20):
        _refuses(tokens, _foreign(ED25519, "EdDSA", f"invented {number}"))

    assert published.asked == 1


def test_a_service_that_is_away_is_no_wrong_token_and_what_it_said_counts_for_a_day(
    clock: FrozenClock, published: "Published"
) -> None:
    clock.advance(100)
    tokens = _tokens(clock, jwks_url=published.url, issuer=ISSUER, audience=AUDIENCE)
    published.status = "503 Service Unavailable"
    with pytest.raises(KeysUnavailable):
        tokens.read(_foreign(ED25519, "EdDSA", "first"))

    published.status, published.keys = "200 OK", [_jwk(ED25519, "first")]
    clock.advance(20)
    assert tokens.read(_foreign(ED25519, "EdDSA", "first")).subject == "did:42"

    published.status = "503 Service Unavailable"
    clock.advance(12 * 3600)
    assert tokens.read(_foreign(ED25519, "EdDSA", "first", exp=4e9)).subject == "did:42"
    clock.advance(13 * 3600)
    with pytest.raises(KeysUnavailable):
        tokens.read(_foreign(ED25519, "EdDSA", "first", exp=4e9))


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b'{"keys": 5}', b'{"keys": [' + b" " * 300_000 + b"]}", b"[" * 100_000],
    ids=["nothing", "a list", "no list", "too much", "too deep"],
)
def test_an_answer_that_is_no_set_of_keys_opens_nothing(
    clock: FrozenClock, published: "Published", body: bytes
) -> None:
    tokens = _tokens(clock, jwks_url=published.url, issuer=ISSUER, audience=AUDIENCE)
    published.body = body

    with pytest.raises(KeysUnavailable):
        tokens.read(_foreign(ED25519, "EdDSA", "first"))


@pytest.mark.filterwarnings("ignore:The RSA key is 1024 bits")
def test_a_set_of_keys_brings_no_secrets_and_no_other_ways_to_sign(clock: FrozenClock, published: "Published") -> None:
    tokens = _tokens(clock, jwks_url=published.url, issuer=ISSUER, audience=AUDIENCE)
    secret = {"kty": "oct", "k": _base64(SHARED.encode()), "kid": "secret"}
    small = rsa.generate_private_key(65537, 1024)
    published.keys = [
        secret,
        _jwk(small, "small"),
        _jwk(P256, "other use") | {"use": "enc"},
        _jwk(P256, "other way") | {"alg": "ES384"},
        {"kty": "EC", "kid": "broken"},
        "no key",
    ]

    _refuses(tokens, jwt.encode(_claims(), SHARED, "HS256", headers={"kid": "secret"}))
    _refuses(tokens, _foreign(small, "RS256", "small"))
    _refuses(tokens, _foreign(P256, "ES256", "other use"))
    _refuses(tokens, _foreign(P256, "ES256", "other way"))


def test_nothing_that_holds_a_secret_shows_it() -> None:
    holders = (
        TokenSettings(secret=SHARED),
        Presented(key=SHARED, bearer=SHARED, cookie=SHARED),
        Change(password=SHARED),
        SignedIn(LOOPBACK, "open", SHARED),
        Login(password=SHARED, api_key=SHARED),
        Registration(password=SHARED),
        NewPerson(password=SHARED),
    )

    assert SHARED not in repr(holders)


class Published:
    """A service that publishes keys, and counts how often it is asked."""

    def __init__(self) -> None:
        self.keys: list[Any] = []
        self.body: bytes | None = None
        self.status = "200 OK"
        self.asked = 0
        self._server = WSGIServer(("127.0.0.1", 0), self._answer, log=None)
        self._server.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/keys"

    def close(self) -> None:
        self._server.stop(timeout=0)

    def _answer(self, _environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        self.asked += 1
        start(self.status, [("Content-Type", "application/json")])
        return [orjson.dumps({"keys": self.keys}) if self.body is None else self.body]


@pytest.fixture
def published() -> Iterator[Published]:
    service = Published()
    yield service
    service.close()


def _tokens(clock: FrozenClock, **settings: Any) -> Tokens:
    return Tokens(TokenSettings(**settings), SECRET, clock)


def _refuses(tokens: Tokens, token: str, why: str = ".") -> None:
    with pytest.raises(CredentialRefused, match=why):
        tokens.read(token)


def _claims(**change: Any) -> dict[str, Any]:
    noon = int(NOON.timestamp())
    return {"iss": ISSUER, "aud": AUDIENCE, "sub": "did:42", "iat": noon, "exp": noon + 3600, **change}


def _foreign(key: Any, algorithm: str, key_id: str | None = None, **change: Any) -> str:
    return jwt.encode(_claims(**change), key, algorithm, headers={"kid": key_id} if key_id else None)


def _jwk(key: Any, key_id: str) -> dict[str, Any]:
    kind: Any = next(kind for name, kind in _KINDS.items() if type(key).__name__.startswith(name))
    return {**kind.to_jwk(key.public_key(), as_dict=True), "kid": key_id}


def _signed(claims: dict[str, Any], secret: bytes) -> str:
    """By HS256, whatever the secret is: a library would refuse some."""
    body = f"{_part({'alg': 'HS256', 'typ': 'JWT'})}.{_part(claims)}"
    return f"{body}.{_base64(hmac.digest(secret, body.encode(), hashlib.sha256))}"


def _part(value: Any) -> str:
    return _base64(json.dumps(value).encode())


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
