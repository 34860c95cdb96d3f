"""Pipeline: how an agent answers a message, as a list of steps over one turn."""

import logging
from collections.abc import Callable
from dataclasses import replace

import gevent

from eliza.clock import Clock
from eliza.llm.calls import Limits
from eliza.llm.errors import ModelError, ModelTimedOut, PromptTooLong
from eliza.llm.registry import Models
from eliza.llm.types import Manner
from eliza.runtime import acting, approving, looking, prompts, thinking
from eliza.runtime.agent import Agent
from eliza.runtime.attention import Heard, decide
from eliza.runtime.components import ApprovalPolicy, Evaluator, Knowledge, Provider, Scene
from eliza.runtime.files import Files, NoFiles
from eliza.runtime.records import Evaluation
from eliza.runtime.smalltalk import FACTS, HISTORY
from eliza.runtime.store import Remembered, Store
from eliza.runtime.turn import ApprovalNeeded, Listener, NewMemory, Outcome, Question, Reply, Stop
from eliza.runtime.turn_budget import TurnBudget, UnlimitedBudget
from eliza.runtime.work import Embedded, Work

__all__ = ["Listener", "Pipeline"]

log = logging.getLogger(__name__)

_CONVERSATION = 32
_SHORTENED = 4
_MESSAGES = "messages"
_NEIGHBOURS = 16
_NEAR = 0.4
"""The similarity from which a memory counts as being about the same thing."""


class Pipeline:
    """An agent's mind at work. It writes nothing: all that is to be stored is in the Outcome."""

    def __init__(
        self,
        models: Models,
        store: Store,
        clock: Clock,
        *,
        files: Files | None = None,
        limits: Limits | None = None,
        policy: ApprovalPolicy | None = None,
    ) -> None:
        self._models = models
        self._store = store
        self._clock = clock
        self._files = files or NoFiles()
        self._limits = limits or Limits()
        self._policy = policy or ApprovalPolicy()

    def take(
        self,
        question: Question,
        agent: Agent,
        listener: Listener,
        *,
        seconds: float | None = None,
        budget: TurnBudget | None = None,
    ) -> Outcome:
        """Handle one message for one agent, within ``seconds`` and within the ``budget``.

        When a model, provider or action fails, the Outcome has a reason that a person can read. Only exceptions that
        the caller throws in from outside (``GreenletExit``, its own timeout) propagate. Raises ``ApprovalNeeded`` when
        the turn cannot continue until somebody has approved or denied an action.
        """
        work = Work(
            question=question,
            agent=agent,
            listener=listener,
            models=self._models,
            store=self._store,
            files=self._files,
            clock=self._clock,
            limits=self._limits,
            policy=self._policy,
            began=self._clock.monotonic(),
            budget=budget or UnlimitedBudget(),
        )
        time_is_up = gevent.Timeout.start_new(seconds)
        try:
            return _taken(work)
        except gevent.Timeout as timeout:
            if timeout is not time_is_up:
                raise
            return work.outcome("failed", f"{agent.name} was not done after {seconds:g} seconds", timed_out=True)
        finally:
            time_is_up.close()


def _taken(work: Work) -> Outcome:
    doing = "taking it up"
    try:
        for doing, step in _steps(work):
            with work.step(doing):
                step(work)
    except acting.Halt as halt:
        raise ApprovalNeeded(halt.request, approving.saved_state(work), tuple(work.records[work.earlier :])) from None
    except Stop as stop:
        return work.outcome(stop.status, stop.reason)
    except ModelError as error:
        log.warning("turn failed", extra={**work.labels, "reason": error.message})
        return work.outcome("failed", error.message, timed_out=isinstance(error, ModelTimedOut))
    except Exception:
        log.exception("turn failed", extra={**work.labels, "step": doing})
        return work.outcome("failed", f"Something unexpected went wrong while {work.agent.name} was {doing}.")
    return work.outcome("replied", work.reason)


def _remember(work: Work) -> None:
    question = work.question
    place, message = question.place, question.message
    earlier = work.store.conversation(place.id, until_seq=message.seq, limit=_CONVERSATION)
    work.recent = (*(said for said in earlier if said.id != message.id), message)
    work.people = tuple(work.store.people(place.id))
    if message.author_id == work.agent.id:
        return
    work.embedded = work.embed([message.text])[0] if message.text.strip() else None
    content = {"text": message.text, "source": message.source, "channelType": place.type}
    if message.in_reply_to:
        content["inReplyTo"] = str(message.in_reply_to)
    memory = NewMemory(_MESSAGES, message.text, content, author_id=message.author_id, message_id=message.id)
    work.memories.append(_with_vector(memory, work.embedded))


def _attend(work: Work) -> None:
    question = work.question
    heard = Heard(work.agent.id, work.agent.character, question.place, question.message, work.recent, work.people)
    decision = decide(heard)
    if decision.verdict == "open":
        decision = thinking.whether_to_respond(work)
    work.reason = work.detail = decision.reason
    if decision.verdict == "ignore":
        raise Stop("ignored", decision.reason)


def _compose(work: Work) -> None:
    work.seen = looking.look(work)
    _gather(work)


def _gather(work: Work) -> None:
    """Gather what the model is told: a capable one everything, a small one a fact or two."""
    agent, question, scene = work.agent, work.question, _set_scene(work)
    if thinking.manner(work) is Manner.CHAT:
        work.facts = (*looking.facts(work.seen), *_facts(work))
        return
    known = {provider.name: _knowledge(provider, scene) for provider in _in_order(agent.providers)}
    work.told = {name: told for name, knowledge in known.items() if (told := _told(name, knowledge))}
    more = [item for knowledge in known.values() for item in knowledge.values.items()]
    work.values = prompts.values(agent.character, question.message, recent=work.recent, more=more)
    work.values["providers"] = prompts.everything(question.message, list(work.told.values()))


def _set_scene(work: Work) -> Scene:
    agent, question = work.agent, work.question
    scene = Scene(
        agent_id=agent.id,
        character=agent.character,
        place=question.place,
        message=question.message,
        recent=work.recent,
        people=work.people,
        actions=(),
        now=work.clock.now(),
        store=work.store,
        ask=work.ask,
        attachments=work.seen,
    )
    work.scene = replace(scene, actions=acting.available(scene, agent.actions))
    return work.scene


def _compose_again(work: Work) -> None:
    """What the plan was made from is kept with it; only who is there and what can be done is looked at again.

    What is remembered is what was said by now: that is for later, and people may have put it right.
    """
    assert work.question.pause is not None, "only a turn that waited goes on"
    work.recent = approving.said_before(work.question.pause.state)
    work.question = replace(work.question, message=work.recent[-1])
    _set_scene(work)


def _think(work: Work) -> None:
    try:
        work.plan = thinking.what_to_do(work)
    except PromptTooLong:
        if len(work.recent) <= _SHORTENED:
            raise
        work.recent = work.recent[-_SHORTENED:]
        _gather(work)
        work.plan = thinking.what_to_do(work)


def _act(work: Work) -> None:
    acting.take(work, _scene(work))
    # What could not be shown while it came, a reply without any form for one, is shown now.
    work.preview(work.replies[0].text)


def _reflect(work: Work) -> None:
    vectors = work.embed([reply.text for reply in work.replies])
    for part, (reply, embedded) in enumerate(zip(work.replies, vectors, strict=True)):
        work.memories.append(_with_vector(_own_memory(work, reply, part), embedded))
    replies = tuple(work.replies)
    for evaluator in work.agent.evaluators:
        work.memories.extend(_evaluated(work, evaluator, replies))


_STEPS: tuple[tuple[str, Callable[[Work], None]], ...] = (
    ("remembering", _remember),
    ("attending", _attend),
    ("composing", _compose),
    ("thinking", _think),
    ("acting", _act),
    ("reflecting", _reflect),
)


_RESUMED: tuple[tuple[str, Callable[[Work], None]], ...] = (
    ("remembering", _remember),
    ("composing", _compose_again),
    ("acting", _act),
    ("reflecting", _reflect),
)
"""What is left to do when a turn goes on: whether to answer, and what, is settled."""


def _steps(work: Work) -> tuple[tuple[str, Callable[[Work], None]], ...]:
    if work.question.pause is None:
        return _STEPS
    approving.restore(work, work.question.pause.state)
    return _RESUMED


def _scene(work: Work) -> Scene:
    assert work.scene is not None, "composing comes before"
    return work.scene


def _in_order(providers: tuple[Provider, ...]) -> list[Provider]:
    return sorted(providers, key=lambda provider: provider.position)


def _knowledge(provider: Provider, scene: Scene) -> Knowledge:
    try:
        return provider.get(scene)
    except Exception:
        log.exception("provider failed", extra={**scene.labels, "provider": provider.name})
        return Knowledge()


def _told(name: str, knowledge: Knowledge) -> str:
    material = prompts.material(name, knowledge.material) if knowledge.material else ""
    return "\n".join(filter(None, (knowledge.text, material)))


def _facts(work: Work) -> tuple[str, ...]:
    """The nearest memories of this channel, and of none, that are not in the talk anyway."""
    if work.embedded is None:
        return ()
    in_talk = {said.text for said in work.recent[-HISTORY:]}
    # The agent's own words prove nothing.
    found = [
        memory.text
        for memory in _neighbours(work, work.embedded)
        if memory.author_id != work.agent.id and memory.similarity >= _NEAR and memory.text not in in_talk
    ]
    return tuple(dict.fromkeys(found))[:FACTS]


def _neighbours(work: Work, embedded: Embedded) -> list[Remembered]:
    here = work.question.place.id
    return work.store.nearest(work.agent.id, embedded.vector, model=embedded.by, channel_id=here, limit=_NEIGHBOURS)


def _own_memory(work: Work, reply: Reply, part: int) -> NewMemory:
    content = {
        "text": reply.text,
        "thought": reply.thought,
        "actions": list(reply.actions),
        "providers": list(reply.providers),
        "inReplyTo": str(work.question.message.id),
        "channelType": work.question.place.type,
    }
    return NewMemory(_MESSAGES, reply.text, content, author_id=work.agent.id, part=part)


def _with_vector(memory: NewMemory, embedded: Embedded | None) -> NewMemory:
    return replace(memory, embedding=embedded.vector, embedded_by=embedded.by) if embedded else memory


def _evaluated(work: Work, evaluator: Evaluator, replies: tuple[Reply, ...]) -> tuple[NewMemory, ...]:
    scene, started = _scene(work), work.clock.monotonic()
    memories, failure = tuple[NewMemory, ...](), ""
    try:
        if not evaluator.validate(scene):
            return ()
        memories = evaluator.handle(scene, replies)
    except Exception:
        log.exception("evaluator failed", extra={**scene.labels, "evaluator": evaluator.name})
        failure = f"{evaluator.name} failed."
    work.records.append(Evaluation(work.since(started), evaluator.name, len(memories), failure))
    return memories
