"""Approving: which actions wait for people's leave, and how a turn that waited goes on with the plan it had.

People allow one action with the words the model chose. So all that the model and the providers gave is kept while they
decide, and nobody is asked twice. What was said is kept, too: an action may act on it, and whoever asked for it could
otherwise change their words after others have allowed it.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

from pydantic import TypeAdapter

from eliza.llm.types import Usage
from eliza.runtime.character import Character
from eliza.runtime.components import Action, ApprovalPolicy, Call, Risk, Scene, Threshold
from eliza.runtime.files import Seen
from eliza.runtime.parsing import Plan
from eliza.runtime.prompts import legible
from eliza.runtime.records import Record
from eliza.runtime.turn import ApprovalRequest, Said, Step
from eliza.runtime.work import Taken, Work

log = logging.getLogger(__name__)

SETTING = "approval"
"""Where a character says its own threshold."""

_LONGEST_SUMMARY = 4000


@dataclass(frozen=True, slots=True)
class _State:
    """A turn up to the action that waits, as far as the rest of it needs that."""

    plan: Plan
    reason: str
    recent: tuple[Said, ...]
    seen: tuple[Seen, ...]
    told: dict[str, str]
    values: dict[str, str]
    taken: tuple[Taken, ...]
    model: str | None
    usage: Usage
    steps: tuple[Step, ...]
    records: tuple[Record, ...]
    elapsed_ms: int
    at: datetime


_STATE = TypeAdapter(_State)


def is_needed(action: Action, character: Character, policy: ApprovalPolicy) -> bool:
    """Whether people must allow it. A threshold nobody knows is taken for the server's own."""
    threshold = _threshold(character.settings.get(SETTING)) or policy.threshold
    return action.needs_approval or (threshold != "never" and action.risk.reaches(Risk(threshold)))


def ask(action: Action, scene: Scene, call: Call, *, step: int, policy: ApprovalPolicy) -> ApprovalRequest:
    return ApprovalRequest(
        step=step,
        action=action.name,
        risk=action.risk.value,
        summary=_storable(_summary(action, scene, call)),
        patience=policy.patience if action.patience is None else action.patience,
        otherwise=action.otherwise,
    )


def kept(work: Work) -> Mapping[str, Any]:
    """All that was found out and done so far, as JSON. What JSON cannot say is kept as the text Python has for it."""
    state = _State(
        plan=work.plan,
        reason=work.reason,
        recent=work.recent,
        seen=work.seen,
        told=work.told,
        values=work.values,
        taken=tuple(work.taken),
        model=work.model,
        usage=work.usage,
        steps=tuple(work.steps),
        records=tuple(work.records),
        elapsed_ms=work.since(work.began).duration_ms,
        at=work.clock.now(),
    )
    found: Mapping[str, Any] = _STATE.dump_python(state, mode="json", fallback=str)
    return found


def restore(work: Work, state: Mapping[str, Any]) -> None:
    """Let the work go on. Its times are counted from where it first began, and the waiting with them."""
    before = _STATE.validate_python(state)
    work.plan, work.reason, work.seen = before.plan, before.reason, before.seen
    work.told, work.values = before.told, before.values
    work.taken, work.steps, work.records = list(before.taken), list(before.steps), list(before.records)
    work.model, work.usage = before.model, before.usage
    work.earlier = len(before.records)
    work.began -= before.elapsed_ms / 1000 + (work.clock.now() - before.at).total_seconds()


def said_before(state: Mapping[str, Any]) -> tuple[Said, ...]:
    """The conversation up to the message that is answered, in the words that stood there when the plan was made."""
    return _STATE.validate_python(state).recent


def _threshold(said: object) -> Threshold | None:
    word = str(said).strip().lower()
    return next((known for known in get_args(Threshold) if known == word), None)


def _summary(action: Action, scene: Scene, call: Call) -> str:
    plain = f"{action.name}: {call.text or call.thought}".rstrip(": ")
    if action.summary is None:
        return plain
    try:
        return action.summary(scene, call).strip() or plain
    except Exception:
        log.exception("action could not be summed up", extra={**scene.labels, "action": action.name})
        return plain


def _storable(text: str) -> str:
    """What people decide about is shown whole or says that it is not, and reads as it is written."""
    left_out = len(text) - _LONGEST_SUMMARY
    if left_out > 0:
        text = f"{text[:_LONGEST_SUMMARY]}… and {left_out} more characters"
    return legible(text.encode(errors="replace").decode())
