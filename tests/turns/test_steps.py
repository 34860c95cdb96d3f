"""Steps: the short story of a turn."""

from eliza.llm.types import ModelType, Prompt, Usage
from eliza.runtime.records import ActionTaken, EmbeddingCall, Evaluation, ModelCall, Span
from eliza.runtime.turn import Outcome, Step
from eliza.turns import steps


def test_a_turn_keeps_what_was_done_and_nothing_of_what_was_said() -> None:
    outcome = Outcome(
        "failed",
        "Eliza was not done after 5 seconds",
        steps=(Step("thinking", 0, 9, "scripted/model, try 1"),),
        records=(
            ModelCall(Span(0, 5), ModelType.TEXT_LARGE, "scripted/model", Prompt(()), "Hello.", Usage(7, 2)),
            EmbeddingCall(Span(5, 1), "classic/hashing", 2),
            ActionTaken(Span(6, 1), "DANCE", "", "There is no music."),
            Evaluation(Span(7, 2), "FACTS", 3),
        ),
        timed_out=True,
    )

    assert steps.kept(outcome) == [
        {"kind": "step", "name": "thinking", "startedMs": 0, "durationMs": 9, "detail": "scripted/model, try 1"},
        {
            "kind": "model",
            "name": "TEXT_LARGE",
            "startedMs": 0,
            "durationMs": 5,
            "detail": "scripted/model",
            "promptTokens": 7,
            "completionTokens": 2,
            "success": True,
        },
        {
            "kind": "embedding",
            "name": "classic/hashing",
            "startedMs": 5,
            "durationMs": 1,
            "detail": "2 texts",
            "success": True,
        },
        {
            "kind": "action",
            "name": "DANCE",
            "startedMs": 6,
            "durationMs": 1,
            "detail": "",
            "success": False,
            "error": "There is no music.",
        },
        {
            "kind": "evaluator",
            "name": "FACTS",
            "startedMs": 7,
            "durationMs": 2,
            "detail": "3 memories",
            "success": True,
        },
        {"kind": "timeout", "name": "timeout", "detail": "Eliza was not done after 5 seconds"},
    ]
