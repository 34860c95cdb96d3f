"""Thinking: asking a model what to do and say, in the manner it can follow."""

import logging
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

from eliza.llm.errors import AnswerCutOff, ModelError
from eliza.llm.types import Delta, Manner, ModelType, Prompt, TextModel
from eliza.runtime import parsing, prompts, smalltalk
from eliza.runtime.attention import Decision, is_private
from eliza.runtime.parsing import Plan
from eliza.runtime.smalltalk import Spoken
from eliza.runtime.turn import Stop
from eliza.runtime.work import Work

log = logging.getLogger(__name__)

_PLAN_TRIES = 3
_CHAT_TRIES = 2


@dataclass(frozen=True, slots=True)
class _Answer:
    """``whole`` is False when the model ran into its limit or the stream broke."""

    text: str
    whole: bool


def manner(work: Work) -> Manner:
    """How the model that will answer wants to be spoken to. Raises ``NoModel``."""
    return work.models.text(ModelType.TEXT_LARGE).manner


def whether_to_respond(work: Work) -> Decision:
    """Settle what the rules left open: a capable model is asked, a small one would only guess."""
    model = work.models.text(ModelType.TEXT_SMALL)
    if model.manner is Manner.CHAT:
        return Decision("respond", "a person wrote to the room")
    message, character = work.question.message, work.agent.character
    talk = prompts.transcript(work.recent, me=work.agent.id)
    values = prompts.values(character, message, recent=work.recent, more=[("providers", talk)])
    asked = prompts.verdict(character, message, recent=work.recent, values=values)
    verdict = parsing.verdict(work.ask(ModelType.TEXT_SMALL, asked))
    if verdict is None:
        return Decision("ignore", f"{model.name} did not say whether it is for the agent")
    if verdict.respond:
        return Decision("respond", verdict.reason or f"{model.name} found it is for the agent")
    return Decision("ignore", verdict.reason or f"{model.name} found it is not for the agent")


def what_to_do(work: Work) -> Plan:
    """The model's plan. Raises a ``ModelError``, or ``Stop`` when nothing it says can be used."""
    model = work.models.text(ModelType.TEXT_LARGE)
    return _chat(work, model) if model.manner is Manner.CHAT else _plan(work, model)


def _plan(work: Work, model: TextModel) -> Plan:
    character, message = work.agent.character, work.question.message
    prompt = prompts.plan(character, message, told=list(work.told.values()), values=work.values)
    for attempt in range(1, _PLAN_TRIES + 1):
        plan = _planned(work, prompt)
        if plan.usable:
            work.detail = f"{model.name}, try {attempt}"
            return plan
    raise Stop("failed", f"{model.name} gave no usable answer in {_PLAN_TRIES} tries.")


def _planned(work: Work, prompt: Prompt) -> Plan:
    answer = _listen(work, prompt, _PlanPreview(work))
    plan = parsing.plan(answer.text)
    if answer.whole or plan.complete:
        return plan
    return parsing.plan(_continued(work, prompt, answer.text))


def _continued(work: Work, prompt: Prompt, answer: str) -> str:
    try:
        rest = _listen(work, prompts.continuation(prompt, answer), _PlanPreview(work, before=answer))
    except ModelError as error:
        log.warning("answer stays cut off", extra={**work.labels, "reason": error.message})
        return answer
    return parsing.continued(answer, rest.text)


def _chat(work: Work, model: TextModel) -> Plan:
    character, agent_id = work.agent.character, work.agent.id
    with_names = not is_private(work.question.place)
    prompt = smalltalk.prompt(character, work.recent, agent_id=agent_id, facts=work.facts, with_names=with_names)
    for attempt in range(1, _CHAT_TRIES + 1):
        if text := _chatted(work, prompt):
            work.detail = f"{model.name}, try {attempt}"
            return Plan(actions=("REPLY",), text=text)
    raise Stop("failed", f"{model.name} had nothing to say.")


def _chatted(work: Work, prompt: Prompt) -> str:
    preview = _ChatPreview(work)
    answer = _listen(work, prompt, preview)
    said = preview.spoken(answer.text, ended=True)
    return said.text if answer.whole or said.done else smalltalk.whole(said.text)


def _listen(work: Work, prompt: Prompt, enough: Callable[[str], bool]) -> _Answer:
    """One answer, shown to ``enough`` as it grows; when that says True, the model is stopped."""
    answer, whole = "", True
    try:
        with closing(work.hear(ModelType.TEXT_LARGE, prompt)) as heard:
            for piece in heard:
                if not isinstance(piece, Delta):
                    whole = piece.reason == "stop"
                    continue
                answer += piece.text
                if enough(answer):
                    break
    except AnswerCutOff:
        whole = False
    except ModelError as error:
        # An answer without a word has no class of its own. It cannot be used and is asked for again.
        if error.code != ModelError.code:
            raise
    return _Answer(answer, whole)


class _PlanPreview:
    """Shows the text as it comes: every piece of a short answer, and of a long one a hundredth at a time.

    Reading the whole answer anew for every piece would take the square of its length.
    """

    def __init__(self, work: Work, before: str = "") -> None:
        self._work = work
        self._before = before
        self._read = 0

    def __call__(self, answer: str) -> bool:
        if len(answer) - self._read > len(answer) // 100:
            self._read = len(answer)
            self._work.preview(parsing.preview(parsing.continued(self._before, answer)))
        return False


class _ChatPreview:
    def __init__(self, work: Work) -> None:
        self._work = work
        self._me = work.agent.character.names
        self._others = {said.author_name for said in work.recent if said.author_id != work.agent.id}

    def __call__(self, answer: str) -> bool:
        said = self.spoken(answer, ended=False)
        self._work.preview(said.text)
        return said.done

    def spoken(self, answer: str, *, ended: bool) -> Spoken:
        return smalltalk.spoken(answer, me=self._me, others=self._others, ended=ended)
