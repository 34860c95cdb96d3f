"""Records: a turn tells what was done in it, whether it went well or not."""

from collections.abc import Callable

import pytest
from gevent.event import Event

from eliza.llm.classic import HashingEmbedder
from eliza.llm.errors import ModelRefused, ModelTimedOut
from eliza.llm.types import Manner, ModelType, Prompt, Usage
from eliza.plugins import Plugin
from eliza.runtime.components import Action, ActionResult, Call, Evaluator, Scene
from eliza.runtime.pipeline import Pipeline
from eliza.runtime.records import ActionTaken, EmbeddingCall, Evaluation, ModelCall, Span
from eliza.runtime.turn import NewMemory, Outcome, Reply
from eliza.testing.scripted import ScriptedModel
from eliza.testing.store import ListStore
from tests.runtime import make

PLAN = "<response><thought>Hm.</thought><actions>REPLY,DANCE</actions><text>Hi!</text></response>"


def _dance(_scene: Scene, _call: Call) -> ActionResult:
    return ActionResult(success=False, error="There is no music.")


def _look_back(_scene: Scene, _replies: tuple[Reply, ...]) -> tuple[NewMemory, ...]:
    return (NewMemory("facts", "Ada said hi.", {}),)


def _stumble(_scene: Scene, _replies: tuple[Reply, ...]) -> tuple[NewMemory, ...]:
    raise RuntimeError("tripped")


DANCER = Plugin(
    "dancer",
    "Dances badly.",
    actions=(Action("DANCE", "Dance.", _dance),),
    evaluators=(Evaluator("FACTS", "Facts.", _look_back), Evaluator("STUMBLE", "Falls.", _stumble)),
)


def test_an_answer_of_a_model_is_recorded_with_what_it_was_told() -> None:
    clock = make.StoppedClock()
    model = ScriptedModel(_ponder(clock))

    outcome = Pipeline(make.models(model), ListStore(), clock).take(
        make.question(make.said("Hi")), make.agent(), make.Audience()
    )

    [prompt] = model.prompts
    words = sum(len(line.text.split()) for line in prompt.lines)
    assert outcome.records == (
        ModelCall(Span(0, 1500), ModelType.TEXT_LARGE, "scripted/model", prompt, "Hello, Ada.", Usage(words, 2)),
        ActionTaken(Span(1500, 0), "REPLY", "Hello, Ada."),
    )


def test_actions_and_evaluators_are_recorded_with_their_failures() -> None:
    model = ScriptedModel(PLAN, manner=Manner.PLAN)

    outcome = make.answer(model, by=make.agent("Eliza", DANCER))

    assert outcome.records[1:] == (
        ActionTaken(Span(0, 0), "REPLY", "Hi!"),
        ActionTaken(Span(0, 0), "DANCE", "", "There is no music."),
        Evaluation(Span(0, 0), "FACTS", 1),
        Evaluation(Span(0, 0), "STUMBLE", 0, "STUMBLE failed."),
    )


def test_vectors_are_recorded() -> None:
    models = make.models(ScriptedModel("Hello."), embedding=HashingEmbedder())

    outcome = Pipeline(models, ListStore(), make.StoppedClock()).take(
        make.question(make.said("Hi")), make.agent(), make.Audience()
    )

    embeddings = [record for record in outcome.records if isinstance(record, EmbeddingCall)]
    assert embeddings == [EmbeddingCall(Span(0, 0), "classic/hashing", 1)] * 2


def test_a_refusal_is_recorded_on_the_call_it_ended() -> None:
    outcome = make.answer(ScriptedModel(["Hel", ModelRefused("The key was not accepted.")]))

    call = _calls(outcome)[0]
    assert (call.response, call.usage.completion_tokens) == ("Hel", 1)
    assert call.failure == "The answer of scripted/model broke off: The key was not accepted."


def test_a_turn_without_time_keeps_what_it_did_until_then() -> None:
    model = ScriptedModel(gate=Event())

    outcome = Pipeline(make.models(model), ListStore(), make.StoppedClock()).take(
        make.question(make.said("Hi")), make.agent(), make.Audience(), seconds=0.01
    )

    assert (outcome.status, outcome.reason) == ("failed", "Eliza was not done after 0.01 seconds")
    assert outcome.timed_out
    assert [call.failure for call in _calls(outcome)] == ["It was broken off."]


@pytest.mark.parametrize(
    ("failure", "timed_out"),
    [(ModelTimedOut("scripted/model did not answer."), True), (ModelRefused("No."), False)],
    ids=["time", "refusal"],
)
def test_only_failures_of_time_count_as_such(failure: Exception, timed_out: bool) -> None:
    outcome = make.answer(ScriptedModel(failure, otherwise=failure))

    assert (outcome.status, outcome.timed_out) == ("failed", timed_out)


def test_a_message_that_is_ignored_by_the_rules_has_no_records() -> None:
    pipeline = Pipeline(make.models(ScriptedModel()), ListStore(), make.StoppedClock())

    outcome = pipeline.take(make.question(make.said("Hi"), where=make.place(muted=True)), make.agent(), make.Audience())

    assert (outcome.status, outcome.records) == ("ignored", ())


def _ponder(clock: make.StoppedClock) -> Callable[[Prompt], str]:
    def ponder(_prompt: Prompt) -> str:
        clock.advance(1.5)
        return "Hello, Ada."

    return ponder


def _calls(outcome: Outcome) -> list[ModelCall]:
    return [record for record in outcome.records if isinstance(record, ModelCall)]
