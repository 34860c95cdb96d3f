"""Wire: the JSON of people and keys. It never holds a password, and a key only when it was just created."""

from typing import Literal, NotRequired

from typing_extensions import TypedDict

from eliza.access.principal import Principal
from eliza.access.roles import Permission, Role
from eliza.auth.key import ApiKey
from eliza.auth.person import Person
from eliza.auth.sign_in import SignedIn, SignInMethods
from eliza.clock import milliseconds
from eliza.http.envelope import Id, given

NOT_KEPT = {"Cache-Control": "no-store"}
"""Headers of answers that hold a secret: neither proxies nor the browser may store them."""


class SignInMethodsJson(TypedDict):
    requiresAuth: bool
    registration: Literal["open", "closed"]
    methods: list[str]


class SignedInJson(TypedDict):
    """There is no token for a sign-in with a key: the client has the key."""

    token: NotRequired[str]
    entityId: Id | None
    username: str
    expiresIn: str


class MeJson(TypedDict):
    """``entityId`` is null for the server's own key, and without a credential on an open server."""

    entityId: Id | None
    email: str | None
    username: str | None
    role: Role
    permissions: list[Permission]


class KeyJson(TypedDict):
    """``createdBy`` is the credential that made it: ``key:<id>``, ``person:<id>``, ``token`` or ``command-line``."""

    id: Id
    name: str
    role: Role
    scopes: list[str] | None
    personId: Id | None
    entityId: Id | None
    createdBy: str
    createdAt: int
    expiresAt: int | None
    lastUsedAt: int | None
    revokedAt: int | None


class NewKeyJson(KeyJson):
    """``key`` is what to send as ``X-API-KEY``. It is never shown again."""

    key: str


class KeysJson(TypedDict):
    keys: list[KeyJson]


class RevokedJson(TypedDict):
    """The key, and those that had been created with it."""

    revoked: list[KeyJson]


class PersonJson(TypedDict):
    """``id`` is the entity they speak as, ``subject`` the ``sub`` of their tokens."""

    id: Id
    subject: str
    username: str
    email: str | None
    role: Role
    isDisabled: bool
    hasPassword: bool
    createdAt: int
    updatedAt: int


class PeopleJson(TypedDict):
    people: list[PersonJson]


def sign_in_methods(known: SignInMethods) -> SignInMethodsJson:
    return {
        "requiresAuth": known.requires_auth,
        "registration": "open" if known.registration_open else "closed",
        "methods": list(known.methods),
    }


def signed_in(one: SignedIn) -> SignedInJson:
    who = one.principal
    shape: SignedInJson = {"entityId": who.entity_id, "username": who.name, "expiresIn": "7d" if one.token else "30d"}
    return given(shape, token=one.token)


def me(principal: Principal, person: Person | None) -> MeJson:
    return {
        "entityId": principal.entity_id,
        "email": person.email if person else None,
        "username": person.username if person else None,
        "role": principal.role,
        "permissions": [permission for permission in Permission if principal.may(permission)],
    }


def key(one: ApiKey) -> KeyJson:
    return {
        "id": one.id,
        "name": one.name,
        "role": one.role,
        "scopes": None if one.scopes is None else list(one.scopes),
        "personId": one.person_id,
        "entityId": one.entity_id,
        "createdBy": one.created_by,
        "createdAt": milliseconds(one.created_at),
        "expiresAt": None if one.expires_at is None else milliseconds(one.expires_at),
        "lastUsedAt": None if one.last_used_at is None else milliseconds(one.last_used_at),
        "revokedAt": None if one.revoked_at is None else milliseconds(one.revoked_at),
    }


def new_key(one: ApiKey, secret: str) -> NewKeyJson:
    return {**key(one), "key": secret}


def person(one: Person) -> PersonJson:
    return {
        "id": one.id,
        "subject": one.subject,
        "username": one.username,
        "email": one.email,
        "role": one.role,
        "isDisabled": one.is_disabled,
        "hasPassword": one.has_password,
        "createdAt": milliseconds(one.created_at),
        "updatedAt": milliseconds(one.updated_at),
    }
