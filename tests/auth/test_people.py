"""People: how they come, what they are called, who may change them, and how their passwords are kept."""

from collections.abc import Callable
from typing import Literal
from uuid import UUID

import gevent
import pytest
from argon2 import PasswordHasher

from eliza.access.authenticator import CredentialRefused
from eliza.access.principal import NotAllowed, Principal
from eliza.access.roles import PERMISSIONS, Permission, Role
from eliza.audit.audit import COMMAND_LINE, Audit
from eliza.auth.names import InvalidEmail, InvalidUsername
from eliza.auth.passwords import InvalidPassword, Passwords
from eliza.auth.people import People
from eliza.auth.person import (
    Change,
    EmailExists,
    LastAdmin,
    PersonNotFound,
    SeveralPeople,
    UsernameExists,
    WrongPassword,
)
from eliza.background import Immediate
from eliza.clock import from_milliseconds
from eliza.db import tables
from eliza.errors import ElizaError
from eliza.events import Bus
from eliza.ids import new_id, to_uuid
from tests.auth.conftest import Desk, on_each_database


@on_each_database
def test_somebody_who_registers_is_a_member_under_the_id_that_elizaos_gives_them(desk: Desk) -> None:
    ada = desk.people.register("ada", " Ada@Example.ORG ", "longenough")

    assert (ada.id, ada.subject, ada.role) == (to_uuid("eliza:ada"), "eliza:ada", Role.MEMBER)
    assert ada.email == "ada@example.org"
    assert desk.people.enter("ADA@example.org", "longenough") == ada


def test_what_cannot_be_a_name_an_address_or_a_password_is_refused(desk: Desk) -> None:
    refused: list[tuple[str, str, str, type[ElizaError]]] = [
        ("ab", "a@b", "longenough", InvalidUsername),
        ("a" * 51, "a@b", "longenough", InvalidUsername),
        ("   ", "a@b", "longenough", InvalidUsername),
        ("ada\0", "a@b", "longenough", InvalidUsername),
        ("ada\u202eadb", "a@b", "longenough", InvalidUsername),
        ("ada\ud800", "a@b", "longenough", InvalidUsername),
        ("ada", "nobody", "longenough", InvalidEmail),
        ("ada", "", "longenough", InvalidEmail),
        ("ada", "a@b c", "longenough", InvalidEmail),
        ("ada", "a\n@b", "longenough", InvalidEmail),
        ("ada", "a@" + "b" * 300, "longenough", InvalidEmail),
        ("ada", "a@b", "short67", InvalidPassword),
        ("ada", "a@b", "p" * 1025, InvalidPassword),
    ]
    for username, email, password, failure in refused:
        with pytest.raises(failure) as told:
            desk.people.register(username, email, password)
        assert password not in str(told.value)


@on_each_database
def test_nobody_takes_the_name_or_the_address_of_somebody_else(desk: Desk) -> None:
    bob = desk.people.add(COMMAND_LINE, "Bob", email="bob@example.org")

    for name in ("Bob", "bob", "BOB", " Bob ", "\uff22ob"):  # The last one is a wide B.
        with pytest.raises(UsernameExists):
            desk.people.add(COMMAND_LINE, name)
    with pytest.raises(EmailExists):
        desk.people.register("robert", "BOB@example.org", "longenough")
    ada = desk.people.add(COMMAND_LINE, "ada")
    for change, failure in ((Change(username="bob"), UsernameExists), (Change(email="bob@Example.org"), EmailExists)):
        with pytest.raises(failure):
            desk.people.change(COMMAND_LINE, ada.id, change)
    assert desk.people.change(COMMAND_LINE, bob.id, Change(username="bob")).username == "bob"


@on_each_database
def test_many_who_want_the_same_name_at_once_are_one_who_got_it(desk: Desk) -> None:
    def register(number: int) -> bool:
        try:
            desk.people.register("ada", f"{number}@example.org", "longenough")
        except UsernameExists:
            return False
        return True

    came = [gevent.spawn(register, number) for number in range(8)]
    gevent.joinall(came, raise_error=True)

    assert sum(bool(one.value) for one in came) == 1


def test_nobody_is_taken_for_somebody_else_by_a_name_they_have_chosen(desk: Desk) -> None:
    carol = desk.people.register("carol", "carol@example.org", "longenough")
    for number, name in enumerate((carol.email, carol.subject, str(carol.id))):
        desk.people.register(str(name), f"eve{number}@example.org", "longenough")

    for name in (carol.email, carol.subject):
        with pytest.raises(SeveralPeople):
            desk.people.named(str(name))
    assert [desk.people.named(name) for name in ("carol", str(carol.id))] == [carol, carol]


def test_who_left_their_name_behind_by_renaming_keeps_it_from_others(desk: Desk) -> None:
    people = desk.people
    ada = people.add(COMMAND_LINE, "ada")
    people.change(COMMAND_LINE, ada.id, Change(username="Lovelace"))

    with pytest.raises(UsernameExists):
        people.add(COMMAND_LINE, "ada")


@pytest.mark.parametrize(
    ("email", "password"),
    [("ada@example.org", "wrong"), ("nobody@example.org", "longenough"), ("ada@example.org", "p" * 100_000), ("", "")],
    ids=["wrong password", "nobody", "endless password", "nothing"],
)
def test_nobody_learns_what_was_wrong_about_a_login(desk: Desk, email: str, password: str) -> None:
    desk.people.register("ada", "ada@example.org", "longenough")

    with pytest.raises(WrongPassword, match=r"^Invalid email or password$"):
        desk.people.enter(email, password)


def test_who_is_disabled_or_has_no_password_cannot_log_in(desk: Desk) -> None:
    people = desk.people
    ada = people.register("ada", "ada@example.org", "longenough")
    people.add(COMMAND_LINE, "bob", email="bob@example.org")
    people.change(COMMAND_LINE, ada.id, Change(is_disabled=True))

    for email in ("ada@example.org", "bob@example.org"):
        with pytest.raises(WrongPassword):
            people.enter(email, "longenough")


def test_who_knew_the_old_password_does_not_undo_the_new_one_in_the_same_moment(desk: Desk) -> None:
    people = desk.people
    ada = people.register("ada", "ada@example.org", "somebody has seen it")
    proven = people.prove(ada.id, "somebody has seen it").known.principal()

    people.change(COMMAND_LINE, ada.id, Change(password="nobody has seen it"))
    with pytest.raises(CredentialRefused):
        people.change(proven, ada.id, Change(password="the thief's"))

    assert people.enter("ada@example.org", "nobody has seen it").id == ada.id


def test_a_password_is_hashed_anew_when_the_costs_have_changed(desk: Desk) -> None:
    desk.people.register("ada", "ada@example.org", "longenough")
    dearer = Passwords(PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    people = People(desk.database, desk.clock, Bus(Immediate().run), Audit(desk.database, desk.clock), dearer)

    people.enter("ada@example.org", "longenough")

    assert str(tables.Person.get().password_hash).startswith("$argon2id$v=19$m=16,t=2,p=1$")
    assert people.enter("ada@example.org", "longenough").username == "ada"


def test_an_unknown_address_costs_as_much_as_a_wrong_password() -> None:
    counted = _Counting(time_cost=1, memory_cost=8, parallelism=1)
    passwords = Passwords(counted)
    kept = passwords.hash("longenough")

    assert not passwords.is_right("wrong", None)
    assert not passwords.is_right("wrong", kept)
    assert passwords.is_right("longenough", kept)
    assert counted.verified == 3


def test_others_go_on_while_passwords_are_hashed() -> None:
    passwords, ticks = Passwords(PasswordHasher(time_cost=4, memory_cost=32 << 10, parallelism=1)), 0
    hashing = gevent.spawn(passwords.hash, "longenough")

    while not hashing.ready():
        gevent.sleep(0)
        ticks += 1

    assert ticks > 5


def test_a_narrow_admin_cannot_take_over_somebody_who_may_more(desk: Desk) -> None:
    people = desk.people
    root = people.add(COMMAND_LINE, "root", Role.ADMIN)
    scopes = PERMISSIONS[Role.MEMBER] | {Permission.PEOPLE_MANAGE}
    helper = Principal(Role.ADMIN, "helper", "test", scopes=scopes)

    deeds: list[Callable[[], object]] = [
        lambda: people.add(helper, "mallory", Role.ADMIN),
        lambda: people.add(helper, "mallory", Role.OPERATOR),
        lambda: people.change(helper, root.id, Change(password="longenough")),
        lambda: people.delete(helper, root.id),
    ]
    for deed in deeds:
        with pytest.raises(NotAllowed):
            deed()
    ada = people.add(helper, "ada")
    with pytest.raises(NotAllowed):
        people.change(helper, ada.id, Change(role=Role.OPERATOR))


@on_each_database
def test_the_last_admin_stays_one_but_for_who_sits_at_the_machine(desk: Desk) -> None:
    root, other = (desk.people.add(COMMAND_LINE, name, Role.ADMIN) for name in ("root", "other"))
    by = root.known.principal()
    desk.people.change(by, other.id, Change(is_disabled=True))

    deeds: list[Callable[[], object]] = [
        lambda: desk.people.change(by, root.id, Change(role=Role.MEMBER)),
        lambda: desk.people.change(by, root.id, Change(is_disabled=True)),
        lambda: desk.people.delete(by, root.id),
    ]
    for deed in deeds:
        with pytest.raises(LastAdmin):
            deed()
    assert desk.people.delete(COMMAND_LINE, root.id).username == "root"


@on_each_database
def test_two_admins_cannot_remove_each_other_at_the_same_moment(desk: Desk) -> None:
    one, two = (desk.people.add(COMMAND_LINE, name, Role.ADMIN) for name in ("one", "two"))

    def remove(by: Principal, victim: UUID) -> bool:
        try:
            desk.people.delete(by, victim)
        except (LastAdmin, CredentialRefused):
            return False
        return True

    removing = [
        gevent.spawn(remove, one.known.principal(), two.id),
        gevent.spawn(remove, two.known.principal(), one.id),
    ]
    gevent.joinall(removing, raise_error=True)

    assert sum(bool(worker.value) for worker in removing) == 1


@on_each_database
def test_somebody_for_whom_another_service_vouches_is_a_member_until_an_admin_says_otherwise(desk: Desk) -> None:
    first, again = desk.people.meet("did:42"), desk.people.meet("did:42")

    assert first == again
    assert (first.id, first.role, first.valid_from) == (to_uuid("did:42"), Role.MEMBER, from_milliseconds(0))
    desk.people.change(COMMAND_LINE, first.id, Change(role=Role.OPERATOR))
    assert desk.people.meet("did:42").role is Role.OPERATOR


@on_each_database
def test_somebody_whose_first_requests_come_all_at_once_is_let_in_by_each(desk: Desk) -> None:
    coming = [gevent.spawn(desk.people.meet, "did:42") for _ in range(8)]
    gevent.joinall(coming, raise_error=True)

    assert [known.value for known in coming] == [desk.people.meet("did:42")] * 8


@on_each_database
def test_another_service_cannot_pass_its_people_off_as_agents_or_as_ours(desk: Desk, agent_named_eliza: str) -> None:
    ada = desk.people.add(COMMAND_LINE, "ada")

    for subject in (agent_named_eliza, str(to_uuid(agent_named_eliza)), str(ada.id), "ADA"):
        with pytest.raises(CredentialRefused, match="somebody else here"):
            desk.people.meet(subject)


def test_who_is_not_there_is_named_in_the_words_they_were_asked_for(desk: Desk) -> None:
    with pytest.raises(PersonNotFound, match="Person nobody not found"):
        desk.people.named("nobody")
    with pytest.raises(PersonNotFound):
        desk.people.delete(COMMAND_LINE, new_id())


@pytest.fixture
def agent_named_eliza(desk: Desk) -> str:
    now = desk.clock.now()
    row = {"id": to_uuid("Eliza"), "name": "Eliza", "created_at": now, "updated_at": now}
    desk.database.write(tables.Agent.insert(**row).execute)
    return "Eliza"


class _Counting(PasswordHasher):
    verified = 0

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002  # As the library has it.
        self.verified += 1
        return super().verify(hash, password)
