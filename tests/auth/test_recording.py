"""The audit log of keys and people: an entry is written in the transaction of what it records, or neither happens."""

from collections.abc import Callable

import pytest
from peewee import PeeweeException

from eliza.access.roles import Role
from eliza.audit.audit import COMMAND_LINE, Audit, Sought
from eliza.auth.key import Draft
from eliza.auth.person import Change
from eliza.db import tables
from tests.auth.conftest import Desk


@pytest.fixture
def fill_log(desk: Desk) -> Callable[[], None]:
    """After a call of it the audit log takes no more entries."""

    def fill() -> None:
        refuse = "CREATE TRIGGER full BEFORE INSERT ON audit_log BEGIN SELECT RAISE(ABORT, 'the log is full'); END"
        desk.database.write(lambda: desk.database.orm.execute_sql(refuse))

    return fill


def test_what_cannot_be_recorded_does_not_happen(desk: Desk, fill_log: Callable[[], None]) -> None:
    ada = desk.people.add(COMMAND_LINE, "ada", Role.ADMIN, password="longenough")
    bob = desk.people.add(COMMAND_LINE, "bob", Role.ADMIN)
    key, secret = desk.keys.create(Draft("ci"), COMMAND_LINE)
    fill_log()

    for deed in (
        lambda: desk.people.add(COMMAND_LINE, "eve"),
        lambda: desk.people.register("eve", "eve@example.org", "longenough"),
        lambda: desk.people.meet("another service's eve"),
        lambda: desk.people.change(COMMAND_LINE, ada.id, Change(role=Role.VIEWER, password="another one")),
        lambda: desk.people.delete(COMMAND_LINE, bob.id),
        lambda: desk.keys.create(Draft("more"), COMMAND_LINE),
        lambda: desk.keys.revoke(key.id, COMMAND_LINE),
    ):
        with pytest.raises(PeeweeException, match="the log is full"):
            deed()

    assert desk.people.page(limit=10).items == [ada, bob]
    assert desk.people.prove(ada.id, "longenough") == ada
    assert desk.keys.page(COMMAND_LINE, limit=10).items == [key]
    assert desk.keys.admit(secret).name == "the key ci"


def test_who_comes_by_themselves_is_recorded_as_the_one_who_did(desk: Desk) -> None:
    ada = desk.people.register("ada", "ada@example.org", "longenough")
    eve = desk.people.meet("another service's eve")

    entries = Audit(desk.database, desk.clock).page(Sought(action="person"), limit=10).items
    assert [(entry.action, entry.actor, entry.target) for entry in entries] == [
        ("person.register", eve.username, f"person:{eve.id}"),
        ("person.register", "ada", f"person:{ada.id}"),
    ]


def test_a_key_that_ends_with_another_is_recorded_too(desk: Desk) -> None:
    maker, secret = desk.keys.create(Draft("maker", Role.OPERATOR), COMMAND_LINE)
    made, _ = desk.keys.create(Draft("made"), desk.keys.admit(secret))

    desk.keys.revoke(maker.id, COMMAND_LINE)

    entries = Audit(desk.database, desk.clock).page(Sought(action="key.revoke"), limit=10).items
    assert [entry.target for entry in entries] == [f"key:{made.id}", f"key:{maker.id}"]
    assert tables.ApiKey.select().where(tables.ApiKey.revoked_at.is_null()).count() == 0
