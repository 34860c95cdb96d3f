"""AgentLogs: what an agent did is kept with the end of its turn, on both databases."""

from dataclasses import replace
from uuid import UUID

from eliza.db import tables
from eliza.ids import unique_to
from eliza.llm.types import ModelType, Prompt, Usage
from eliza.logs.agent_logs import AgentLogs
from eliza.runtime.records import ActionTaken, ModelCall, Span
from eliza.runtime.turn import Outcome
from eliza.turns.turns import Claim
from tests.house_kit import id_of
from tests.spine import Spine, replied

CALL = ModelCall(Span(0, 5), ModelType.TEXT_LARGE, "scripted/model", Prompt(()), "Hello.", Usage(7, 2))
SILENT = Outcome("ignored", "it was not for the agent")


def test_what_was_done_is_logged_with_the_end_of_the_turn(spine: Spine) -> None:
    one = spine.agent("One")
    claim = _claimed(spine, one)
    spine.clock.advance(1)

    spine.turns().finish(claim, replace(replied("Hello."), records=(CALL, ActionTaken(Span(5, 1), "REPLY", "Hello."))))

    rows = _rows(spine)
    assert [row.type for row in rows] == ["useModel:TEXT_LARGE", "action", "run_event"]
    assert {(row.agent.id, row.turn and row.turn.id, row.entity_id, row.room_id) for row in rows} == {
        (one, claim.id, id_of("Ada"), unique_to(one, claim.channel_id))
    }
    assert [row.body.get("response") for row in rows] == ["Hello.", None, None]
    assert rows[-1].body["duration"] == 1000


def test_turns_that_end_otherwise_are_logged_too(spine: Spine) -> None:
    one = spine.agent("One")
    for outcome in (SILENT, Outcome("failed", "No."), Outcome("failed", "Too slow.", timed_out=True)):
        spine.turns().finish(_claimed(spine, one), outcome)
        spine.clock.advance(1)

    assert [(row.body["status"], row.body["reason"]) for row in _rows(spine)] == [
        ("completed", "it was not for the agent"),
        ("error", "No."),
        ("timeout", "Too slow."),
    ]


def test_what_a_database_cannot_keep_spoils_no_turn(spine: Spine) -> None:
    strange = ActionTaken(Span(0, 0), "SHOUT", "a \0 and half a \ud83d", "\0")

    spine.turns().finish(_claimed(spine, spine.agent("One")), replace(SILENT, records=(strange,)))

    assert _rows(spine)[0].body["text"] == "a \ufffd and half a ?"


def test_a_turn_of_many_steps_is_logged_whole(spine: Spine) -> None:
    spine.turns().finish(_claimed(spine, spine.agent("One")), replace(SILENT, records=(CALL,) * 120))

    assert len(_rows(spine)) == 121


def test_each_agent_keeps_its_newest_entries(spine: Spine) -> None:
    one, two = spine.agent("One"), spine.agent("Two")
    for agent_id in (one, two, one, one):
        spine.turns().finish(_claimed(spine, agent_id), SILENT)
        spine.clock.advance(1)

    AgentLogs(spine.database).prune(2)

    assert [row.agent.id for row in _rows(spine)] == [two, one, one]


def test_the_log_of_a_message_is_gone_with_it(spine: Spine) -> None:
    claim = _claimed(spine, spine.agent("One"))
    spine.turns().finish(claim, replace(SILENT, records=(CALL,)))

    spine.messages.delete(claim.channel_id, claim.message_id)

    assert _rows(spine) == []


def _claimed(spine: Spine, agent_id: UUID) -> Claim:
    spine.say(spine.channel("Ada", agent_id), "Ada")
    [claim] = spine.turns().claim(1)
    return claim


def _rows(spine: Spine) -> list[tables.Log]:
    log = tables.Log
    with spine.database.read():
        return list(
            log.select(log, tables.Turn, tables.Agent)
            .join(tables.Turn)
            .switch(log)
            .join(tables.Agent)
            .order_by(log.created_at, log.id)
        )
