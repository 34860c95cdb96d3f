"""Policy: which actions need leave, and that what waits can be written down and read again."""

from datetime import timedelta

import orjson
import pytest

from eliza.llm.types import Manner
from eliza.plugins import Plugin
from eliza.runtime.components import Action, ActionResult, ApprovalPolicy, Call, Risk, Scene, Threshold
from eliza.runtime.pipeline import Pipeline
from eliza.runtime.turn import ApprovalNeeded, Decision, Otherwise, Outcome, Pause, Question
from eliza.testing.scripted import ScriptedModel
from eliza.testing.store import ListStore
from tests.approvals.post import plan
from tests.runtime import make


def done(_scene: Scene, call: Call) -> ActionResult:
    earlier = [result.data["note"] for result in call.earlier]
    return ActionResult(success=True, text=f"Done after {earlier}.", data={"note": call.key[-1]})


@pytest.mark.parametrize(
    ("risk", "threshold", "setting", "waits"),
    [
        (Risk.HIGH, "high", None, True),
        (Risk.LOW, "high", None, False),
        (Risk.LOW, "low", None, True),
        (Risk.NONE, "low", None, False),
        (Risk.HIGH, "never", None, False),
        (Risk.LOW, "high", "low", True),
        (Risk.HIGH, "high", "Never", False),
        (Risk.HIGH, "high", "whatever", True),
    ],
)
def test_the_agent_or_else_the_server_says_from_which_risk_on_leave_is_needed(
    risk: Risk, threshold: Threshold, setting: str | None, waits: bool
) -> None:
    action = Action("ACT", "Act.", done, risk=risk)

    assert _waits(action, ApprovalPolicy(threshold), setting) is waits


def test_an_action_can_always_need_leave() -> None:
    action = Action("ACT", "Act.", done, needs_approval=True)

    assert _waits(action, ApprovalPolicy("never"), "never")


def test_an_action_says_how_long_people_have_and_what_holds_then() -> None:
    action = Action("ACT", "Act.", done, risk=Risk.HIGH, patience=timedelta(minutes=5), otherwise="approved")

    ask = _stopped(action).request

    assert (ask.patience, ask.otherwise) == (timedelta(minutes=5), "approved")


def test_people_are_told_the_words_of_the_agent_where_an_action_cannot_sum_itself_up() -> None:
    def fail(_scene: Scene, _call: Call) -> str:
        raise LookupError

    action = Action("ACT", "Act.", done, risk=Risk.HIGH, summary=fail)

    assert _stopped(action).request.summary == "ACT: Now."


def test_a_summary_says_when_it_is_not_whole_and_can_be_stored() -> None:
    action = Action("ACT", "Act.", done, risk=Risk.HIGH, summary=lambda *_: "\0\ud800" + "x" * 5000)

    summary = _stopped(action).request.summary

    assert summary.endswith("x… and 1002 more characters")
    assert summary.startswith("\ufffd?x")


def test_a_summary_reads_as_it_is_written() -> None:
    action = Action("ACT", "Act.", done, risk=Risk.HIGH, summary=lambda *_: "Pay \u202e001\u202c to Bob\x9b2J.")

    assert _stopped(action).request.summary == "Pay \ufffd001\ufffd to Bob\ufffd2J."


def test_a_turn_goes_on_from_what_was_written_down() -> None:
    first = Action("FIRST", "Act.", done)
    last = Action("LAST", "Act.", done, risk=Risk.HIGH)
    model = ScriptedModel(plan("Now.", actions="FIRST,LAST"), manner=Manner.PLAN)
    waits = _stopped(first, last, model=model)
    silent = ScriptedModel(manner=Manner.PLAN)

    pause = Pause(orjson.loads(orjson.dumps(waits.state)), (Decision(1, "LAST", True, ""),))
    outcome = _taken(first, last, model=silent, pause=pause)

    assert [reply.text for reply in outcome.replies] == ["Now.", "Done after [].", "Done after ['0']."]
    assert [type(record).__name__ for record in outcome.records] == ["ModelCall", "ActionTaken", "ActionTaken"]
    assert (outcome.model, outcome.usage.completion_tokens > 0, outcome.earlier) == ("scripted/model", True, 2)
    assert outcome.records[:2] == waits.records
    assert silent.prompts == []


@pytest.mark.parametrize("otherwise", ["approved", "denied"])
def test_leave_for_one_action_is_none_for_another_that_took_its_name(otherwise: Otherwise) -> None:
    model = ScriptedModel(plan("Now.", actions="SMALL"), manner=Manner.PLAN)
    waits = _stopped(Action("SMALL", "Act.", done, risk=Risk.HIGH), model=model)
    other = Action("LARGE", "Act.", done, similes=("SMALL",), risk=Risk.HIGH)

    decision = Decision(0, "SMALL", otherwise == "approved", "Bob said so")
    outcome = _taken(other, model=ScriptedModel(), pause=Pause(waits.state, (decision,)))

    assert "was not allowed" in outcome.replies[-1].text


def _waits(action: Action, policy: ApprovalPolicy, setting: str | None) -> bool:
    settings = {} if setting is None else {"approval": setting}
    try:
        _taken(action, model=_model(), policy=policy, settings=settings)
    except ApprovalNeeded:
        return True
    return False


def _stopped(*actions: Action, model: ScriptedModel | None = None) -> ApprovalNeeded:
    with pytest.raises(ApprovalNeeded) as stopped:
        _taken(*actions, model=model or _model())
    return stopped.value


def _taken(
    *actions: Action,
    model: ScriptedModel,
    policy: ApprovalPolicy | None = None,
    settings: dict[str, str] | None = None,
    pause: Pause | None = None,
) -> Outcome:
    agent = make.agent("Eliza", Plugin("acting", "", actions=actions), settings=settings or {})
    pipeline = Pipeline(make.models(model), ListStore(), make.StoppedClock(), policy=policy)
    asked = make.question(make.said("Act!"))
    question = Question(asked.turn_id, asked.place, asked.message, asked.hop, asked.attempt, pause)
    return pipeline.take(question, agent, make.Audience())


def _model() -> ScriptedModel:
    return ScriptedModel(plan("Now.", actions="ACT"), manner=Manner.PLAN)
