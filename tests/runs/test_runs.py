"""Runs: turns from beginning to end, on both databases."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from eliza.db import tables
from eliza.db.known import UnknownAgent
from eliza.ids import new_id, unique_to
from eliza.llm.types import ModelType, Prompt, Usage
from eliza.logs.agent_logs import AgentLogs
from eliza.runs.runs import Run, RunNotFound, Runs, Sought, Status
from eliza.runs.story import story
from eliza.runtime.records import ActionTaken, EmbeddingCall, Evaluation, ModelCall, Record, Span
from eliza.runtime.turn import NewMemory, Outcome
from eliza.testing.clock import NOON
from tests.house_kit import House, id_of
from tests.spine import LEASE, Spine, replied

CALL = ModelCall(Span(10, 100), ModelType.TEXT_LARGE, "openai/gpt", Prompt(()), "Hello.", Usage(7, 2))
RECORDS: tuple[Record, ...] = (
    EmbeddingCall(Span(0, 5), "classic/hashing", 1),
    CALL,
    ActionTaken(Span(120, 50), "DANCE", "", "There is no music."),
    Evaluation(Span(180, 10), "FACTS", 1),
)
SILENT = Outcome("ignored", "it was not for the agent")
FAILED = Outcome("failed", "No.")
TOO_SLOW = Outcome("failed", "One was not done after 5 seconds", timed_out=True)


def test_a_run_is_a_turn_with_its_times_and_what_was_done_in_it(spine: Spine) -> None:
    one = spine.agent("One")
    channel_id, turn_id = _run(spine, one, replace(replied("Hello."), usage=Usage(7, 2), records=RECORDS))

    run = Runs(spine.database).get(one, turn_id)

    assert (run.status, run.outcome, run.reason, run.attempt) == ("completed", "replied", "it was asked", 1)
    assert (run.channel_id, run.author_id, run.agent_id) == (channel_id, id_of("Ada"), one)
    assert (run.started_at, run.ended_at) == (NOON, NOON + timedelta(seconds=1))
    assert [run.count(kind) for kind in ("action", "model", "evaluator")] == [1, 1, 1]
    assert (run.errors, run.prompt_tokens, run.completion_tokens) == (1, 7, 2)


@pytest.mark.parametrize(
    ("outcome", "status"),
    [(replied("Hello."), "completed"), (SILENT, "completed"), (FAILED, "error"), (TOO_SLOW, "timeout")],
    ids=["replied", "ignored", "failed", "too slow"],
)
def test_the_status_says_how_it_ended(spine: Spine, outcome: Outcome, status: Status) -> None:
    one = spine.agent("One")
    _, turn_id = _run(spine, one, outcome)
    runs = Runs(spine.database)

    assert runs.get(one, turn_id).status == status
    found = {wanted: _ids(runs, one, Sought(wanted)) for wanted in ("started", "completed", "timeout", "error")}
    assert found == {wanted: [turn_id] if wanted == status else [] for wanted in found}


def test_a_question_that_nobody_has_answered_yet_is_a_run_that_has_started(spine: Spine) -> None:
    one = spine.agent("One")
    asked = spine.say(spine.channel("Ada", one), "Ada")

    [run] = Runs(spine.database).page(one, Sought("started"), limit=10).items

    assert (run.status, run.outcome, run.started_at, run.ended_at) == ("started", "pending", asked.created_at, None)
    assert [event.type for event in story(run, {})] == ["RUN_STARTED"]


def test_a_turn_that_was_given_up_is_a_run_that_failed(spine: Spine) -> None:
    one = spine.agent("One")
    spine.say(spine.channel("Ada", one), "Ada")
    turns = spine.turns(attempts=1)
    turns.claim(1)
    spine.clock.advance(LEASE + 1)
    turns.sweep()

    [run] = Runs(spine.database).page(one, Sought("error"), limit=10).items

    assert (run.outcome, run.reason, run.errors) == ("failed", "gave up after 1 attempts", 1)


def test_a_turn_of_earlier_days_is_a_run_without_records(spine: Spine) -> None:
    one = spine.agent("One")
    _, turn_id = _run(spine, one, FAILED)
    old = [{"name": "thinking", "startedMs": 0, "durationMs": 1, "detail": ""}]
    spine.database.write(lambda: tables.Turn.update(steps=old).execute())

    run = Runs(spine.database).get(one, turn_id)

    assert (run.status, run.records) == ("error", [])


def test_runs_are_found_by_room_channel_and_time(spine: Spine) -> None:
    one = spine.agent("One")
    remembered = replace(SILENT, memories=(NewMemory("facts", "Ada said hi.", {}),))
    here, first = _run(spine, one, remembered)
    _, second = _run(spine, one, remembered)
    runs, later = Runs(spine.database), NOON + timedelta(seconds=1)

    assert _ids(runs, one, Sought(room_id=here)) == [first]
    assert _ids(runs, one, Sought(room_id=unique_to(one, here))) == [first]
    assert _ids(runs, one, Sought(room_id=new_id())) == []
    assert _ids(runs, one, Sought(since=later)) == [second]
    assert _ids(runs, one, Sought(until=NOON)) == [first]


def test_a_page_of_runs_leads_to_the_next(spine: Spine) -> None:
    one = spine.agent("One")
    ids = [_run(spine, one, SILENT)[1] for _ in range(3)][::-1]
    runs = Runs(spine.database)

    first = runs.page(one, Sought(), limit=2)
    rest = runs.page(one, Sought(), limit=2, cursor=first.next)
    skipped = runs.page(one, Sought(), limit=2, skip=2)

    assert [run.id for run in first.items] == ids[:2]
    assert [run.id for run in rest.items] == [run.id for run in skipped.items] == ids[2:]
    assert (first.total, rest.total, skipped.total, rest.next) == (3, 3, 3, None)


def test_only_the_agents_own_runs_are_shown(spine: Spine) -> None:
    one, two = spine.agent("One"), spine.agent("Two")
    _, turn_id = _run(spine, one, SILENT)
    runs = Runs(spine.database)

    assert _ids(runs, two, Sought()) == []
    with pytest.raises(RunNotFound):
        runs.get(two, turn_id)
    with pytest.raises(UnknownAgent):
        runs.page(new_id(), Sought(), limit=1)


# The story


EVENTS = [
    ("RUN_STARTED", 0),
    ("EMBEDDING_EVENT", 5),
    ("MODEL_USED", 110),
    ("ACTION_STARTED", 120),
    ("ACTION_COMPLETED", 170),
    ("EVALUATOR_COMPLETED", 190),
    ("RUN_ENDED", 1000),
]


def test_the_story_is_told_in_order_with_what_the_log_knows(spine: Spine) -> None:
    run, logs = _told(spine)

    events = story(run, logs.of_turn(run.id))

    assert [(event.type, (event.at - NOON) // timedelta(milliseconds=1)) for event in events] == EVENTS
    model, action, end = events[2].data, events[4].data, events[-1].data
    assert (model["modelType"], model["provider"], model["response"]) == ("TEXT_LARGE", "openai", "Hello.")
    assert (action["actionName"], action["success"], action["error"]) == ("DANCE", False, "There is no music.")
    assert (end["status"], end["duration"]) == ("completed", 1000)


def test_a_story_outlives_its_log_in_short(spine: Spine) -> None:
    run, logs = _told(spine)
    logs.prune(1)
    _run(spine, run.agent_id, SILENT)
    logs.prune(1)

    events = story(run, logs.of_turn(run.id))

    assert [(event.type, (event.at - NOON) // timedelta(milliseconds=1)) for event in events] == EVENTS
    assert events[2].data == {
        "runId": str(run.id),
        "modelType": "TEXT_LARGE",
        "name": "TEXT_LARGE",
        "startedMs": 10,
        "durationMs": 100,
        "detail": "openai/gpt",
        "promptTokens": 7,
        "completionTokens": 2,
        "success": True,
    }


def test_runs_and_logs_are_there_after_a_restart(open_house: Callable[..., House]) -> None:
    house = open_house()
    house.private("Ada", house.eliza).asks("Ada", "Hi!")
    before = _everything(house)
    house.close()

    assert _everything(open_house()) == before


def _told(spine: Spine) -> tuple[Run, AgentLogs]:
    one = spine.agent("One")
    _, turn_id = _run(spine, one, replace(replied("Hello."), records=RECORDS))
    return Runs(spine.database).get(one, turn_id), AgentLogs(spine.database)


def _run(spine: Spine, agent_id: UUID, outcome: Outcome) -> tuple[UUID, UUID]:
    """Ada asks something in a channel of its own, and a second later the agent is done; channel and turn."""
    channel_id = spine.channel("Ada", agent_id)
    spine.say(channel_id, "Ada")
    [claim] = spine.turns().claim(1)
    spine.clock.advance(1)
    spine.turns().finish(claim, outcome)
    return channel_id, claim.id


def _ids(runs: Runs, agent_id: UUID, sought: Sought) -> list[UUID]:
    return [run.id for run in runs.page(agent_id, sought, limit=10).items]


def _everything(house: House) -> list[object]:
    url = f"/api/agents/{house.eliza}"
    runs, logs = house.http.get(f"{url}/runs").json["data"], house.http.get(f"{url}/logs").json["data"]
    details = [house.http.get(f"{url}/runs/{run['runId']}").json["data"] for run in runs["runs"]]
    assert [len(runs["runs"]), len(logs)] == [1, 3]
    return [runs, logs, details]
