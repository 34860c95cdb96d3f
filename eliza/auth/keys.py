"""Keys: API keys that have a name, an owner and an end. A secret is shown once; only its hash is stored."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from eliza.access.authenticator import CredentialRefused
from eliza.access.principal import LOOPBACK, NotAllowed, Principal
from eliza.access.roles import PERMISSIONS, Permission, Role
from eliza.audit.audit import Audit
from eliza.auth import logins, lookups, random_secrets, revalidation
from eliza.auth.identities import lesser, scopes_of
from eliza.auth.key import MOST_OWN, ApiKey, Draft, KeyNotFound, TooManyKeys
from eliza.background import Background
from eliza.clock import Clock
from eliza.db import Database, tables
from eliza.db.paging import Page, page_of
from eliza.db.rows import column
from eliza.errors import InvalidInput
from eliza.events import Bus, CredentialEnded
from eliza.ids import NOBODY, new_id

PREFIX = "eliza_"
"""What every key begins with, so that scanners for leaked secrets recognize one."""

_NOTED_EVERY = timedelta(minutes=1)
_ALONE = frozenset({Role.VIEWER, Role.MEMBER})
"""The roles that see only their own conversations: a key with one of them has to be some entity's."""


class Keys:
    """Every change is recorded in the audit log in the same transaction.

    A key never has more permissions than its creator, nor does it outlive the key it was created with. A member's or
    viewer's key that belongs to nobody else speaks as an entity of its own, whose id is that of the key.
    """

    def __init__(self, database: Database, clock: Clock, bus: Bus, audit: Audit, background: Background) -> None:
        self._database = database
        self._clock = clock
        self._bus = bus
        self._audit = audit
        self._background = background
        self._noting: set[UUID] = set()

    def admit(self, secret: str) -> Principal:
        """The principal of a request with this key. Raises ``CredentialRefused``."""
        with self._database.read():
            known = lookups.key_of_hash(self._database, random_secrets.digest(secret))
        if known is None:
            raise CredentialRefused
        now = self._clock.now()
        principal = known.principal(now)
        if known.last_used_at is None or now - known.last_used_at >= _NOTED_EVERY:
            self._note_use(known.id, now)
        return principal

    def recall(self, key_id: UUID) -> Principal:
        """What ``admit`` would return for the key with this id. Raises ``CredentialRefused``."""
        with self._database.read():
            known = lookups.key(self._database, key_id)
        if known is None:
            raise CredentialRefused
        return known.principal(self._clock.now())

    def create(self, draft: Draft, by: Principal) -> tuple[ApiKey, str]:
        """A new key and its secret, which cannot be shown again.

        Raises ``NotAllowed`` for permissions that ``by`` cannot give, ``InvalidInput`` for values that contradict each
        other, ``TooManyKeys``, or ``CredentialRefused`` if the credential of ``by`` has ended meanwhile.
        """
        role, key = draft.role or lesser(Role.MEMBER, by.role), tables.ApiKey
        _require_no_more(by, role, draft.scopes)
        key_id, secret, now = new_id(), PREFIX + random_secrets.generate(), self._clock.now()
        if draft.expires_at is not None and draft.expires_at <= now:
            raise InvalidInput("expiresAt: must be in the future", details={"field": "expiresAt"})
        recorder = self._audit.recorder(by)

        def work() -> ApiKey:
            revalidation.require_valid(self._database, by, now)
            _require_few(by)
            person_id, entity_id = self._owner(draft, by)
            if person_id is None and entity_id is None:
                entity_id = key_id if role in _ALONE else None
            if entity_id is None and draft.scopes is None and person_id is None:
                _require_to_act_as(by)
            key.create(
                id=key_id,
                name=draft.name,
                hash=random_secrets.digest(secret),
                role=role,
                scopes=None if draft.scopes is None else sorted(draft.scopes),
                person=person_id,
                entity_id=entity_id,
                created_by=_maker(by),
                created_at=now,
                expires_at=self._end(draft, by),
            )
            created = self._get(key_id)
            recorder.write("key.create", f"key:{key_id}", created.for_audit)
            # The first key closes an open server: connections without a credential end.
            self._tell_ended(LOOPBACK.credential)
            return created

        return self._database.write(work), secret

    def page(self, by: Principal, *, limit: int, cursor: str | None = None) -> Page[ApiKey]:
        """Newest first, including the revoked ones: all keys for those who manage keys, for others their own."""
        key = tables.ApiKey
        with self._database.read():
            query = key.select().where(_seen_by(by))
            page = page_of(query, by=(key.created_at, key.id), newest_first=True, limit=limit, cursor=cursor)
            return page.map(ApiKey.of)

    def revoke(self, key_id: UUID, by: Principal) -> list[ApiKey]:
        """End a key and all keys that were created with it; returns those that ended.

        Raises ``KeyNotFound`` for a key that ``by`` cannot see, or ``CredentialRefused`` if the credential of ``by``
        has ended meanwhile.
        """
        key, now, recorder = tables.ApiKey, self._clock.now(), self._audit.recorder(by)

        def work() -> list[ApiKey]:
            revalidation.require_valid(self._database, by, now)
            if not key.select().where((key.id == key_id) & _seen_by(by)).exists():
                raise KeyNotFound(key_id)
            ended = self._with_offspring(key_id)
            key.update(revoked_at=now).where(key.id.in_(ended) & key.revoked_at.is_null()).execute()
            revoked = [self._get(one) for one in ended]
            for one in revoked:
                logins.end_all(f"key:{one.id}")
                self._tell_ended(f"key:{one.id}")
                recorder.write("key.revoke", f"key:{one.id}", {"name": one.name})
            return revoked

        return self._database.write(work)

    def _with_offspring(self, key_id: UUID) -> list[UUID]:
        found, key = [key_id], tables.ApiKey
        for one in found:  # The list grows during the loop.
            self._database.lock(key, one)  # A key that is being created with it is committed before we look, or never.
            found += column(key.select(key.id).where((key.created_by == f"key:{one}") & key.revoked_at.is_null()))
        return found

    def _owner(self, draft: Draft, by: Principal) -> tuple[UUID | None, UUID | None]:
        """The person and the entity that a key speaks as."""
        owner = draft.person_id or draft.entity_id or by.entity_id
        if owner != by.entity_id:
            _require_to_act_as(by)
        is_person = owner is not None and tables.Person.select().where(tables.Person.id == owner).exists()
        if draft.person_id is not None and not is_person:
            raise InvalidInput(f"personId: there is no person {owner}", details={"field": "personId"})
        return (owner, None) if is_person else (None, owner)

    def _end(self, draft: Draft, by: Principal) -> datetime | None:
        """When it expires: with the key it was created with, at the latest."""
        kind, _, name = by.credential.partition(":")
        ends = [draft.expires_at, self._get(UUID(name)).expires_at if kind == "key" else None]
        return min((end for end in ends if end is not None), default=None)

    def _get(self, key_id: UUID) -> ApiKey:
        row = tables.ApiKey.get_or_none(tables.ApiKey.id == key_id)
        if row is None:
            raise KeyNotFound(key_id)
        return ApiKey.of(row)

    def _note_use(self, key_id: UUID, now: datetime) -> None:
        if key_id not in self._noting:
            self._noting.add(key_id)
            self._background.run(partial(self._write_use, key_id, now))

    def _write_use(self, key_id: UUID, now: datetime) -> None:
        key = tables.ApiKey
        try:
            self._database.write(key.update(last_used_at=now).where(key.id == key_id).execute)
        finally:
            self._noting.discard(key_id)

    def _tell_ended(self, credential: str) -> None:
        self._database.after_commit(partial(self._bus.publish, CredentialEnded(credential)))


def _require_no_more(by: Principal, role: Role, scopes: frozenset[Permission] | None) -> None:
    """Raises ``NotAllowed`` for permissions that ``by`` lacks, ``InvalidInput`` for scopes that the role lacks."""
    for permission in sorted(PERMISSIONS[role] - PERMISSIONS[by.role]):
        raise NotAllowed(permission)
    granted = scopes_of(role, scopes)
    for permission in sorted(PERMISSIONS[role] if granted is None else granted):
        if permission is Permission.ACT_AS:
            _require_to_act_as(by)
        elif permission not in PERMISSIONS[role]:
            raise InvalidInput(f"scopes: the role {role} does not have {permission}", details={"field": "scopes"})
        else:
            by.require(permission)


def _require_to_act_as(by: Principal) -> None:
    """Raises ``NotAllowed``. Those who manage keys may create one that speaks for others, even if they cannot."""
    if not by.may(Permission.KEYS_MANAGE):
        by.require(Permission.ACT_AS)


def _seen_by(by: Principal) -> Any:
    key = tables.ApiKey
    if by.may(Permission.KEYS_MANAGE):
        return key.created_at.is_null(False)
    made_or_used = (key.created_by == _maker(by)) | (key.id == _own_key(by))
    if by.entity_id is None:
        return made_or_used
    return made_or_used | (key.person == by.entity_id) | (key.entity_id == by.entity_id)


def _require_few(by: Principal) -> None:
    """Raises ``TooManyKeys``."""
    key = tables.ApiKey
    if by.may(Permission.KEYS_MANAGE) or by.entity_id is None:
        return
    if key.select().where(_seen_by(by) & key.revoked_at.is_null()).count() >= MOST_OWN:
        raise TooManyKeys


def _own_key(by: Principal) -> UUID:
    kind, _, name = by.credential.partition(":")
    return UUID(name) if kind == "key" else NOBODY


def _maker(by: Principal) -> str:
    """The kind and the owner of a credential, without the part that changes when a person is changed."""
    return ":".join(by.credential.split(":")[:2])
