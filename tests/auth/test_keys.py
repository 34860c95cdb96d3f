"""Keys: who may make which, whose they are, and how they end."""

from datetime import timedelta
from itertools import product
from uuid import uuid4

import pytest

from eliza.access.authenticator import CredentialRefused, Presented
from eliza.access.principal import LOOPBACK, OPERATOR, NotAllowed, Principal
from eliza.access.roles import PERMISSIONS, Permission, Role
from eliza.audit.audit import COMMAND_LINE
from eliza.auth.key import Draft, KeyNotFound, TooManyKeys
from eliza.auth.person import Change
from eliza.db import tables
from eliza.errors import InvalidInput
from eliza.testing.clock import FrozenClock
from tests.auth.conftest import Desk, on_each_database


def test_nothing_of_a_key_is_kept_by_which_it_could_be_told(desk: Desk) -> None:
    key, secret = desk.keys.create(Draft("ci"), COMMAND_LINE)

    row = tables.ApiKey.get(tables.ApiKey.id == key.id)
    assert secret.startswith("eliza_")
    assert len(secret) == len("eliza_") + 43
    assert secret.removeprefix("eliza_") not in repr((key, row.__data__))


def test_nobody_makes_a_key_of_a_higher_role(desk: Desk) -> None:
    for by, role in product(Role, Role):
        maker, draft = Principal(by, "somebody", "test", entity_id=uuid4()), Draft("mine", role)
        if PERMISSIONS[role] <= PERMISSIONS[by]:
            assert desk.keys.create(draft, maker)[0].role is role
        else:
            with pytest.raises(NotAllowed):
                desk.keys.create(draft, maker)


def test_a_narrow_key_makes_only_keys_as_narrow(desk: Desk) -> None:
    scopes = frozenset({Permission.KEYS_OWN, Permission.MESSAGES_READ})
    narrow = Principal(Role.OPERATOR, "somebody", "test", entity_id=uuid4(), scopes=scopes)

    for draft in (
        Draft("wide"),
        Draft("wide", Role.VIEWER),
        Draft("wide", Role.OPERATOR, scopes=frozenset({Permission.MESSAGES_WRITE})),
        Draft("wide", Role.OPERATOR, scopes=frozenset({Permission.ACT_AS})),
    ):
        with pytest.raises(NotAllowed):
            desk.keys.create(draft, narrow)

    key, _ = desk.keys.create(Draft("narrow", Role.OPERATOR, scopes=frozenset({Permission.MESSAGES_READ})), narrow)
    assert key.scopes == ("messages:read",)


def test_a_key_has_no_scopes_beyond_its_role(desk: Desk) -> None:
    with pytest.raises(InvalidInput, match="member does not have agents:write"):
        desk.keys.create(Draft("ci", Role.MEMBER, scopes=frozenset({Permission.AGENTS_WRITE})), COMMAND_LINE)


def test_a_persons_key_speaks_for_them_and_for_nobody_else(desk: Desk) -> None:
    ada, bob = (desk.people.add(COMMAND_LINE, name) for name in ("ada", "bob"))
    by = ada.known.principal()

    own, secret = desk.keys.create(Draft("laptop"), by)

    assert (own.person_id, own.entity_id) == (ada.id, ada.id)
    assert desk.credentials.admit(Presented(key=secret)).entity_id == ada.id
    for draft in (Draft("theirs", person_id=bob.id), Draft("theirs", entity_id=uuid4())):
        with pytest.raises(NotAllowed):
            desk.keys.create(draft, by)


@pytest.mark.parametrize("by", [OPERATOR, COMMAND_LINE], ids=["server's key", "command line"])
def test_who_is_nobody_in_particular_makes_keys_for_anybody(desk: Desk, by: Principal) -> None:
    friend = uuid4()
    bob = desk.people.add(COMMAND_LINE, "bob")

    made = [
        desk.keys.create(draft, by)[0]
        for draft in (
            Draft("bot"),
            Draft("connector", Role.OPERATOR),
            Draft("friend", entity_id=friend),
            Draft("bob", person_id=bob.id),
        )
    ]

    assert [key.entity_id for key in made] == [made[0].id, None, friend, bob.id]


def test_an_admin_makes_keys_for_others_though_they_speak_for_themselves(desk: Desk) -> None:
    root, bob = desk.people.add(COMMAND_LINE, "root", Role.ADMIN), desk.people.add(COMMAND_LINE, "bob")

    key, _ = desk.keys.create(Draft("bob's", person_id=bob.id), root.known.principal())

    assert key.entity_id == bob.id
    assert key.created_by == f"person:{root.id}"


def test_a_key_for_a_person_who_is_not_there_is_refused(desk: Desk) -> None:
    with pytest.raises(InvalidInput, match="personId"):
        desk.keys.create(Draft("ghost", person_id=uuid4()), COMMAND_LINE)


@on_each_database
def test_a_key_ends_with_the_key_that_made_it(desk: Desk) -> None:
    mother, secret = desk.keys.create(Draft("mother"), COMMAND_LINE)
    daughter, second = desk.keys.create(Draft("daughter"), desk.credentials.admit(Presented(key=secret)))
    grandchild, third = desk.keys.create(Draft("grandchild"), desk.credentials.admit(Presented(key=second)))
    assert not desk.credentials.is_open

    revoked = desk.keys.revoke(mother.id, COMMAND_LINE)

    assert [key.id for key in revoked] == [mother.id, daughter.id, grandchild.id]
    for ended in (secret, second, third):
        with pytest.raises(CredentialRefused, match="was revoked"):
            desk.credentials.admit(Presented(key=ended))


@on_each_database
def test_what_was_let_in_before_its_credential_ended_makes_no_key_after(desk: Desk) -> None:
    mother, secret = desk.keys.create(Draft("mother"), LOOPBACK)
    by_key = desk.credentials.admit(Presented(key=secret))
    ada = desk.people.add(COMMAND_LINE, "ada", Role.ADMIN)

    desk.keys.revoke(mother.id, COMMAND_LINE)
    desk.people.change(COMMAND_LINE, ada.id, Change(role=Role.OPERATOR))

    for by in (LOOPBACK, by_key, ada.known.principal()):
        with pytest.raises(CredentialRefused):
            desk.keys.create(Draft("late"), by)
    with pytest.raises(CredentialRefused):
        desk.people.add(ada.known.principal(), "mallory", Role.ADMIN)


def test_nobody_hoards_keys(desk: Desk) -> None:
    ada = desk.people.add(COMMAND_LINE, "ada").known.principal()
    keys = [desk.keys.create(Draft(f"{number}"), ada)[0] for number in range(100)]

    with pytest.raises(TooManyKeys):
        desk.keys.create(Draft("one more"), ada)
    desk.keys.revoke(keys[0].id, ada)
    desk.keys.create(Draft("instead"), ada)


def test_a_key_lasts_no_longer_than_the_key_that_made_it(desk: Desk, clock: FrozenClock) -> None:
    tomorrow, week = (clock.now() + timedelta(days=days) for days in (1, 7))
    _, secret = desk.keys.create(Draft("mother", expires_at=tomorrow), COMMAND_LINE)
    mother = desk.credentials.admit(Presented(key=secret))

    made = [desk.keys.create(Draft("daughter", expires_at=end), mother)[0] for end in (None, week)]

    assert [key.expires_at for key in made] == [tomorrow, tomorrow]


def test_a_key_that_would_be_over_at_once_is_not_made(desk: Desk, clock: FrozenClock) -> None:
    with pytest.raises(InvalidInput, match="expiresAt"):
        desk.keys.create(Draft("late", expires_at=clock.now()), COMMAND_LINE)


@on_each_database
def test_everybody_sees_and_revokes_their_own_keys_and_an_admin_all(desk: Desk) -> None:
    ada, bob, root = (desk.people.add(COMMAND_LINE, name, role) for name, role in _THREE)
    of_ada, _ = desk.keys.create(Draft("ada's"), ada.known.principal())
    of_bob, _ = desk.keys.create(Draft("bob's"), bob.known.principal())
    ci, secret = desk.keys.create(Draft("ci"), COMMAND_LINE)
    seen = {
        name: {key.name for key in desk.keys.page(by, limit=10).items}
        for name, by in {
            "ada": ada.known.principal(),
            "ci": desk.credentials.admit(Presented(key=secret)),
            "operator": OPERATOR,
            "root": root.known.principal(),
        }.items()
    }

    assert seen == {"ada": {"ada's"}, "ci": {"ci"}, "operator": set(), "root": {"ada's", "bob's", "ci"}}
    with pytest.raises(KeyNotFound):
        desk.keys.revoke(of_bob.id, ada.known.principal())
    assert desk.keys.revoke(of_ada.id, ada.known.principal())[0].revoked_at is not None
    assert desk.keys.revoke(ci.id, root.known.principal())[0].revoked_at is not None


_THREE = (("ada", Role.MEMBER), ("bob", Role.MEMBER), ("root", Role.ADMIN))
