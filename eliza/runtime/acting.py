"""Acting: taking the actions of a plan, each for itself, and gathering what is said because of them."""

import logging
from collections.abc import Iterable, Sequence

from eliza.llm.errors import ModelError
from eliza.runtime import approving
from eliza.runtime.components import Action, ActionResult, Call, Scene
from eliza.runtime.parsing import Plan
from eliza.runtime.records import ActionTaken
from eliza.runtime.turn import ApprovalRequest, Decision, Reply, Stop
from eliza.runtime.work import Taken, Work

log = logging.getLogger(__name__)

_SILENT, _SAYING = "ignore", "reply"


class Halt(Exception):
    """The next action of the plan needs an approval that has not been given yet."""

    def __init__(self, request: ApprovalRequest) -> None:
        super().__init__(request.action)
        self.request = request


def available(scene: Scene, actions: Iterable[Action]) -> tuple[Action, ...]:
    """The actions that can be taken in this scene."""
    return tuple(action for action in actions if _is_valid(scene, action))


def match(name: str, actions: Sequence[Action]) -> Action | None:
    """The action a model means by ``name``: by its own name, else by one of its similes. Case and ``_`` don't count."""
    wanted = _folded(name)
    by_name = (action for action in actions if _folded(action.name) == wanted)
    by_simile = (action for action in actions if wanted in {_folded(simile) for simile in action.similes})
    return next(by_name, None) or next(by_simile, None)


def take(work: Work, scene: Scene) -> None:
    """Carry out the plan and fill the replies. Actions that were taken before a pause are not repeated.

    Raises ``Stop`` if the agent says nothing, and ``Halt`` before an action that still needs an approval.
    """
    plan = work.plan
    names = _without_silence(plan, scene.actions)
    if not names and plan.actions:
        raise Stop("ignored", plan.thought or "the agent chose not to answer")
    matched = [(name, match(name, scene.actions)) for name in names]
    unknown = [name for name, action in matched if action is None]
    _carry_out(work, scene, [action for _, action in matched])
    failed = [one for one in work.taken if not one.result.success]
    work.detail = _record(work.taken, unknown)
    texts = _texts(plan, work.taken)
    if not texts:
        raise _silence(plan, failed, unknown)
    work.replies = [
        Reply(text, plan.thought, tuple(action.name if action else name for name, action in matched), plan.providers)
        for text in texts
    ]


def _is_valid(scene: Scene, action: Action) -> bool:
    try:
        return action.validate(scene)
    except Exception:
        log.exception("action could not be validated", extra={**scene.labels, "action": action.name})
        return False


def _without_silence(plan: Plan, actions: Sequence[Action]) -> list[str]:
    """The actions that remain: IGNORE next to others counts only when there is nothing to say."""
    others = [name for name in plan.actions if not _is_silence(name, actions)]
    if len(others) < len(plan.actions) and not plan.text:
        return []
    return others


def _is_silence(name: str, actions: Sequence[Action]) -> bool:
    action = match(name, actions)
    return _folded(action.name if action else name) == _SILENT


def _carry_out(work: Work, scene: Scene, actions: Sequence[Action | None]) -> None:
    """They are counted by their places in the plan, which stay what they are when an action is not there any more."""
    done = {one.step for one in work.taken}
    for number, action in enumerate(actions):
        if action is None or number in done:
            continue
        call = Call(
            key=f"{work.question.turn_id}:{number}",
            thought=work.plan.thought,
            text=work.plan.text,
            told=work.told,
            values=work.values,
            earlier=tuple(one.result for one in work.taken),
        )
        work.taken.append(Taken(number, action.name, _allowed(work, scene, action, call, number)))


def _allowed(work: Work, scene: Scene, action: Action, call: Call, number: int) -> ActionResult:
    """Take an action if it needs no leave or has it."""
    decision = work.question.pause.decision(number) if work.question.pause else None
    if decision is None and approving.is_needed(action, scene.character, work.policy):
        work.detail = f"{action.name} (waits for leave)"
        raise Halt(approving.request_for(action, scene, call, step=number, policy=work.policy))
    if decision is not None and not _holds_for(action, decision):
        return _refused(work, action, decision, number)
    return _shown(work, scene, action, call, number)


def _holds_for(action: Action, decision: Decision) -> bool:
    # The agent's plugins may have changed since, and with them what the model's word for the action means.
    return decision.approved and decision.action == action.name


def _refused(work: Work, action: Action, decision: Decision, number: int) -> ActionResult:
    """Nothing is done, and the people in the conversation hear so, whatever else the agent had wanted to say."""
    text = f"{decision.action} was not allowed: {decision.reason}."
    if decision.approved:
        text = f"{action.name} was not allowed: it is not what was asked for."
    work.records.append(ActionTaken(work.since(work.clock.monotonic()), action.name, text, text))
    work.show(number, action.name, "failed", text)
    return ActionResult(success=False, text=text, error=text)


def _shown(work: Work, scene: Scene, action: Action, call: Call, number: int) -> ActionResult:
    """Take an action and report its progress to the listener, except for a mere reply, which is sent as a message."""
    if _folded(action.name) == _SAYING:
        return _recorded(work, scene, action, call)
    work.show(number, action.name, "executing")
    result = _recorded(work, scene, action, call)
    work.show(number, action.name, "completed" if result.success else "failed", result.text)
    return result


def _recorded(work: Work, scene: Scene, action: Action, call: Call) -> ActionResult:
    started = work.clock.monotonic()
    result = _result(scene, action, call)
    failure = "" if result.success else result.error or f"{action.name} failed."
    work.records.append(ActionTaken(work.since(started), action.name, result.text, failure))
    return result


def _result(scene: Scene, action: Action, call: Call) -> ActionResult:
    try:
        return action.handle(scene, call)
    except ModelError as error:
        log.warning("action got no answer", extra={**scene.labels, "action": action.name, "reason": error.message})
        return ActionResult(success=False, error=error.message)
    except Exception:
        log.exception("action failed", extra={**scene.labels, "action": action.name})
        return ActionResult(success=False, error=f"{action.name} failed.")


def _texts(plan: Plan, taken: Sequence[Taken]) -> list[str]:
    """What is said: the plan's own text, and what the actions say, each once."""
    said = [one.result.text.strip() for one in taken]
    if plan.text not in said:
        said.insert(0, plan.text)
    return list(dict.fromkeys(text for text in said if text))


def _silence(plan: Plan, failed: Sequence[Taken], unknown: Sequence[str]) -> Stop:
    if failed:
        return Stop("failed", failed[0].result.error or f"{failed[0].name} failed.")
    if unknown:
        return Stop("failed", f"The agent wanted to do what it cannot: {', '.join(unknown)}.")
    return Stop("ignored", plan.thought or "the agent had nothing to say")


def _record(taken: Sequence[Taken], unknown: Sequence[str]) -> str:
    done = [one.name if one.result.success else f"{one.name} (failed)" for one in taken]
    return ", ".join([*done, *(f"{name} (unknown)" for name in unknown)])


def _folded(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())
