"""Audit: what it keeps, in which order, and what becomes of it when a deed fails."""

from typing import Any

import pytest
from flask import Flask

from eliza.access.principal import Principal
from eliza.access.roles import Role
from eliza.audit import commands
from eliza.audit.audit import COMMAND_LINE, Audit, Entry, Sought
from eliza.db import Database, tables
from eliza.http.current import provide
from eliza.ids import to_uuid
from eliza.telltales import MASK
from eliza.testing.clock import NOON, FrozenClock

ADA = Principal(Role.ADMIN, "ada", "person:1", to_uuid("Ada"))
BOB = Principal(Role.OPERATOR, "bob", "key:2")


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def audit(database: Database, clock: FrozenClock) -> Audit:
    return Audit(database, clock)


def test_what_was_done_is_written_down_as_it_was(audit: Audit) -> None:
    audit.record("agent.update", target="agent:1", details={"fields": ["name"]}, principal=ADA)

    [entry] = _all(audit)
    assert entry == Entry(
        seq=entry.seq,
        actor="ada",
        credential="person:1",
        entity_id=to_uuid("Ada"),
        address=None,
        action="agent.update",
        target="agent:1",
        details={"fields": ["name"]},
        created_at=NOON,
    )


def test_the_order_is_that_of_the_deeds_when_the_clock_jumps_back(audit: Audit, clock: FrozenClock) -> None:
    for number in range(3):
        audit.record(f"deed.{number}", principal=ADA)
        clock.advance(-3600)

    assert [entry.action for entry in _all(audit)] == ["deed.2", "deed.1", "deed.0"]


def test_a_deed_that_fails_is_not_written_down(audit: Audit, database: Database) -> None:
    def fail() -> None:
        _leave_a_mark()
        raise LookupError("in the middle")

    with pytest.raises(LookupError):
        audit.along(fail, "mark.make", principal=ADA)

    assert (_all(audit), _marks(database)) == ([], 0)


def test_a_deed_that_cannot_be_written_down_is_not_done(audit: Audit, database: Database) -> None:
    with pytest.raises(TypeError):
        audit.along(_leave_a_mark, "mark.make", details={"a": object()}, principal=ADA)

    assert (_all(audit), _marks(database)) == ([], 0)


def test_an_entry_goes_with_the_work_it_belongs_to(audit: Audit, database: Database) -> None:
    def work() -> None:
        audit.record("mark.make", principal=ADA)
        raise LookupError("afterwards")

    with pytest.raises(LookupError):
        database.write(work)

    assert _all(audit) == []


def test_a_deed_returns_what_it_returned_and_may_name_its_target(audit: Audit) -> None:
    made = audit.along(lambda: 42, "mark.make", target=lambda number: f"mark:{number}", principal=ADA)

    assert (made, [entry.target for entry in _all(audit)]) == (42, ["mark:42"])


def test_details_hold_no_secret(audit: Audit) -> None:
    details = {"api_key": "sesame", "text": "at postgres://ada:hunter2@db", "said": "eliza_0123456789abcdefghij"}

    audit.record("environment.write", details=details, principal=COMMAND_LINE)

    [entry] = _all(audit)
    assert entry.details == {"api_key": MASK, "text": f"at postgres://ada:{MASK}@db", "said": MASK}
    assert entry.actor == "the command line"


def test_what_is_looked_for_is_found(audit: Audit) -> None:
    audit.record("agent.create", target="agent:2", principal=ADA)
    audit.record("agent.delete", target="agent:1", principal=BOB)
    audit.record("key.create", principal=ADA)

    def found(**sought: Any) -> list[str]:
        return [entry.action for entry in audit.page(Sought(**sought), limit=10).items]

    assert found(actor="bob") == ["agent.delete"]
    assert found(action="agent") == ["agent.delete", "agent.create"]
    assert found(action="agent.create") == ["agent.create"]
    assert found(action="age") == found(action="agent%") == found(action="_gent") == []
    assert found(target="agent:1") == ["agent.delete"]
    assert found(since=NOON) == ["key.create", "agent.delete", "agent.create"]
    assert found(until=NOON) == []


def test_pages_follow_each_other(audit: Audit) -> None:
    for number in range(3):
        audit.record(f"deed.{number}", principal=ADA)

    first = audit.page(Sought(), limit=2)
    second = audit.page(Sought(), limit=2, cursor=first.next)

    assert ([entry.action for entry in first.items], first.total) == (["deed.2", "deed.1"], 3)
    assert ([entry.action for entry in second.items], second.next) == (["deed.0"], None)


def test_the_command_line_lists_the_newest(audit: Audit) -> None:
    audit.record("agent.create", target="agent:1", principal=ADA)
    audit.record("agent.delete", target="agent:\x1b[2J\x9b2J", details={"a": "\u202eü"}, principal=BOB)
    app = Flask("eliza")
    provide(app, audit)
    commands.add(app)

    shown = app.test_cli_runner().invoke(args=["audit", "--action", "agent", "--limit", "1"])

    assert (shown.exit_code, shown.output.split("  ")[1:]) == (
        0,
        ["2026-03-01T12:00:00.000Z", '"bob"', "agent.delete", '"agent:\\u001b[2J\\u009b2J"', '{"a":"\\u202eü"}\n'],
    )


def _all(audit: Audit) -> list[Entry]:
    return audit.page(Sought(), limit=100).items


def _leave_a_mark() -> None:
    now: dict[str, Any] = {"created_at": NOON, "updated_at": NOON}
    tables.MessageServer.create(name="a mark", source_type="test", **now)


def _marks(database: Database) -> int:
    with database.read():
        return int(tables.MessageServer.select().count())
