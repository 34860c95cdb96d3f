"""Approving: which actions need an approval, and how a turn continues with the same plan afterwards.

People approve one action with the exact words the model chose. So everything that the model and the providers returned
is saved while they decide, and no model is asked again. The conversation is saved too: an action may depend on it, and
the requester could otherwise edit their message after somebody has approved the action.
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
"""The key of a character's own threshold in its settings."""

_LONGEST_SUMMARY = 4000


@dataclass(frozen=True, slots=True)
class _State:
    """What the rest of a turn needs to know about everything before the action that waits."""

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
    """True if the action needs an approval. An unknown threshold counts as the server's own."""
    threshold = _threshold(character.settings.get(SETTING)) or policy.threshold
    return action.needs_approval or (threshold != "never" and action.risk.reaches(Risk(threshold)))


def request_for(action: Action, scene: Scene, call: Call, *, step: int, policy: ApprovalPolicy) -> ApprovalRequest:
    return ApprovalRequest(
        step=step,
        action=action.name,
        risk=action.risk.value,
        summary=_storable(_summary(action, scene, call)),
        patience=policy.patience if action.patience is None else action.patience,
        otherwise=action.otherwise,
    )


def saved_state(work: Work) -> Mapping[str, Any]:
    """The state of the turn so far, as JSON. Values that JSON cannot represent are saved as their ``str``."""
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
    """Continue the work from a saved state. Durations count from its first start and include the pause."""
    before = _STATE.validate_python(state)
    work.plan, work.reason, work.seen = before.plan, before.reason, before.seen
    work.told, work.values = before.told, before.values
    work.taken, work.steps, work.records = list(before.taken), list(before.steps), list(before.records)
    work.model, work.usage = before.model, before.usage
    work.earlier = len(before.records)
    work.began -= before.elapsed_ms / 1000 + (work.clock.now() - before.at).total_seconds()


def said_before(state: Mapping[str, Any]) -> tuple[Said, ...]:
    """The conversation up to the answered message, as it read when the plan was made."""
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
    """Shortened visibly if it is too long, and without characters that would make it read differently."""
    left_out = len(text) - _LONGEST_SUMMARY
    if left_out > 0:
        text = f"{text[:_LONGEST_SUMMARY]}… and {left_out} more characters"
    return legible(text.encode(errors="replace").decode())
