"""Entries: what happened in a turn, in elizaOS's words."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from eliza.ids import new_id, to_uuid
from eliza.llm.types import Line, ModelType, Prompt, Usage
from eliza.logs.entries import LONGEST_TEXT, EndedTurn, entries, keepable
from eliza.runtime.records import ActionTaken, EmbeddingCall, Evaluation, ModelCall, Span
from eliza.testing.clock import NOON

TURN = EndedTurn(
    turn_id=to_uuid("turn"),
    agent_id=to_uuid("Eliza"),
    room_id=to_uuid("room"),
    author_id=to_uuid("Ada"),
    message_id=to_uuid("message"),
    status="completed",
    reason="it was asked",
    started_at=NOON,
    ended_at=NOON + timedelta(seconds=3),
)
CALL = ModelCall(
    Span(100, 1500), ModelType.TEXT_LARGE, "openai/gpt", Prompt((Line("system", "Be."), Line("user", "Hi"))), "Hello.",
    Usage(7, 2),
)  # fmt: skip


def test_a_model_call_tells_who_was_asked_what_and_what_it_cost() -> None:
    call, _run = entries(TURN, [CALL])

    assert (call.type, call.at) == ("useModel:TEXT_LARGE", NOON + timedelta(milliseconds=1600))
    assert call.body == {
        "modelType": "TEXT_LARGE",
        "modelKey": "TEXT_LARGE",
        "model": "openai/gpt",
        "provider": "openai",
        "prompt": "system: Be.\n\nuser: Hi",
        "response": "Hello.",
        "usage": {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9},
        "runId": str(TURN.turn_id),
        "messageId": str(TURN.message_id),
        "timestamp": 1_772_366_400_100,
        "executionTime": 1500,
        "success": True,
        "level": "info",
    }


def test_the_run_itself_comes_last() -> None:
    *_, run = entries(TURN, [CALL])

    assert (run.type, run.at, run.body["status"], run.body["duration"]) == (
        "run_event",
        TURN.ended_at,
        "completed",
        3000,
    )


def test_entries_of_one_millisecond_keep_their_order() -> None:
    made = list(entries(TURN, [EmbeddingCall(Span(0, 0), "classic/hashing", 1)] * 5))

    assert sorted(made, key=lambda entry: entry.id) == made


@pytest.mark.parametrize(
    ("record", "type_"),
    [
        (EmbeddingCall(Span(0, 0), "classic/hashing", 1, "Too slow."), "embedding_event"),
        (ActionTaken(Span(0, 0), "DANCE", "", "Too slow."), "action"),
        (Evaluation(Span(0, 0), "FACTS", 0, "Too slow."), "evaluator"),
    ],
    ids=["embedding", "action", "evaluator"],
)
def test_a_failure_is_told_with_its_reason(record: EmbeddingCall | ActionTaken | Evaluation, type_: str) -> None:
    entry, _run = entries(TURN, [record])

    assert (entry.type, entry.body["success"], entry.body["error"], entry.body["level"]) == (
        type_, False, "Too slow.", "error",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("Grüße, 世界", "Grüße, 世界"),
        ("nul \0 here", "nul \ufffd here"),
        ("half \ud83d", "half ?"),
        ("x" * (LONGEST_TEXT + 5), "x" * LONGEST_TEXT + "… and 5 more characters"),
    ],
    ids=["any language", "nul", "half a character", "long"],
)
def test_a_text_is_kept_as_far_as_every_database_can(given: str, expected: str) -> None:
    assert keepable(given) == expected


def test_every_turn_has_entries_of_its_own() -> None:
    ids = {entry.id for turn in (new_id(), new_id()) for entry in entries(_of(turn), [CALL])}

    assert len(ids) == 4


def _of(turn_id: UUID) -> EndedTurn:
    return replace(TURN, turn_id=turn_id)
