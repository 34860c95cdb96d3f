import logging
from collections.abc import Iterator, Sequence
from uuid import uuid4

import gevent
import pytest
from gevent.event import Event

from eliza.ids import to_uuid
from eliza.llm.calls import Limits
from eliza.llm.errors import AnswerCutOff, ModelRefused, PromptTooLong
from eliza.llm.types import Delta, Finished, Manner, Prompt, TextModel, Usage
from eliza.plugins import Plugin
from eliza.runtime.components import Action, ActionResult, Call, Evaluator, Knowledge, Provider, Scene
from eliza.runtime.pipeline import Pipeline
from eliza.runtime.store import Remembered
from eliza.runtime.turn import NewMemory, Outcome, Place, Question, Reply, Said
from eliza.testing.scripted import Saying, ScriptedModel
from eliza.testing.store import ListStore
from tests.runtime import make

ELIZA = to_uuid("Eliza")
ADA = to_uuid("Ada")
REFUSAL = ModelRefused("openai/gpt does not accept this key.")


def planner(*sayings: Saying) -> ScriptedModel:
    return ScriptedModel(*sayings, manner=Manner.PLAN, name="scripted/planner")


def plan(text: str = "", *, actions: str = "REPLY", thought: str = "I see.", providers: str = "") -> str:
    return (
        f"<response><thought>{thought}</thought><actions>{actions}</actions>"
        f"<providers>{providers}</providers><text>{text}</text></response>"
    )


class CutModel:
    """Runs into its limit after each of its answers but the last."""

    def __init__(self, *answers: str, manner: Manner = Manner.PLAN) -> None:
        self.name = "cut/model"
        self.manner = manner
        self.prompts: list[Prompt] = []
        self._answers = list(answers)

    def stream(self, prompt: Prompt) -> Iterator[Delta | Finished]:
        self.prompts.append(prompt)
        yield Delta(self._answers.pop(0))
        yield Finished("length", Usage(1, 1))


class BrokenModel:
    """Breaks off in the middle, then says what is left in its script, then breaks again."""

    name = "broken/model"
    manner = Manner.PLAN

    def __init__(self, *answers: str) -> None:
        self._answers = list(answers)

    def stream(self, prompt: Prompt) -> Iterator[Delta | Finished]:
        yield Delta(self._answers.pop(0))
        raise AnswerCutOff("The line broke.")


class AxisEmbedder:
    """Texts about dogs point one way, all others the other."""

    name = "axis/embedder"
    dimension = 2

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        return [[1.0, 0.0] if "dog" in text.lower() else [0.0, 1.0] for text in texts]


class RefusingEmbedder(AxisEmbedder):
    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        raise REFUSAL


# How it ends


def test_a_capable_model_answers_with_a_plan() -> None:
    model = planner(plan("Hello, Ada!", thought="She greets me.", providers="TIME"))

    outcome = make.answer(model)

    assert outcome.status == "replied"
    assert outcome.reason == "a DM channel is a conversation with the agent"
    assert outcome.replies == (Reply("Hello, Ada!", "She greets me.", ("REPLY",), ("TIME",)),)
    assert outcome.model == "scripted/planner"
    assert outcome.usage.completion_tokens > 0


def test_a_small_model_answers_with_a_line_of_talk() -> None:
    outcome = make.answer(ScriptedModel("Eliza: Hello, Ada."))

    assert outcome.replies == (Reply("Hello, Ada.", "", ("REPLY",), ()),)


def test_every_step_is_told_and_kept() -> None:
    listener = make.Audience()

    outcome = make.answer(ScriptedModel("Hello."), listener=listener)

    doing = ["remembering", "attending", "composing", "thinking", "acting", "reflecting"]
    assert listener.steps == [step.name for step in outcome.steps] == doing
    assert [step.detail for step in outcome.steps[3:5]] == ["scripted/model, try 1", "REPLY"]


def test_a_step_knows_when_it_began_and_how_long_it_took() -> None:
    clock = make.StoppedClock()

    def ponder(_prompt: Prompt) -> str:
        clock.advance(1.5)
        return "Hello."

    pipeline = Pipeline(make.models(ScriptedModel(ponder)), ListStore(), clock)
    outcome = pipeline.take(make.question(make.said("Hi")), make.agent(), make.Audience())

    assert [(step.started_ms, step.duration_ms) for step in outcome.steps[2:5]] == [(0, 0), (0, 1500), (1500, 0)]


def test_a_message_that_is_not_for_the_agent_is_ignored_without_asking_a_model() -> None:
    model = ScriptedModel()

    outcome = in_group(model, make.said("Bob, hello."))

    assert (outcome.status, outcome.reason, outcome.replies) == ("ignored", "another agent was called by name", ())
    assert model.prompts == []


def test_a_model_that_chooses_silence_is_ignored_with_its_thought() -> None:
    outcome = make.answer(planner(plan(actions="IGNORE", thought="They say good night.")))

    assert (outcome.status, outcome.reason, outcome.replies) == ("ignored", "They say good night.", ())


def test_a_model_that_refuses_fails_the_turn_in_its_own_words() -> None:
    outcome = make.answer(planner(REFUSAL))

    assert (outcome.status, outcome.reason, outcome.replies) == ("failed", REFUSAL.message, ())
    assert [step.name for step in outcome.steps][-1] == "thinking"


def test_a_server_without_a_model_says_so() -> None:
    outcome = make.answer(None)

    assert (outcome.status, outcome.reason) == ("failed", "No model is set up for TEXT_LARGE.")


def test_a_surprise_fails_the_turn_and_tells_people_no_details(caplog: pytest.LogCaptureFixture) -> None:
    class Burning(ListStore):
        def people(self, channel_id: object) -> list[object]:  # type: ignore[override]  # It never returns.
            raise RuntimeError("postgres://user:password@host is on fire")

    outcome = make.answer(ScriptedModel(), store=Burning())

    assert (outcome.status, outcome.reason) == (
        "failed",
        "Something unexpected went wrong while Eliza was remembering.",
    )
    assert "on fire" in caplog.text


@pytest.mark.parametrize("interruption", [gevent.GreenletExit, gevent.Timeout], ids=["killed", "out of time"])
def test_an_interruption_from_outside_passes_through(interruption: type[BaseException]) -> None:
    def interrupted(_prompt: Prompt) -> str:
        raise interruption

    with pytest.raises(interruption):
        make.answer(planner(interrupted))


def test_a_listener_that_fails_does_not_fail_the_turn() -> None:
    class Deaf(make.Audience):
        def step(self, name: str) -> None:
            raise RuntimeError(name)

        def chunk(self, text: str) -> None:
            raise RuntimeError(text)

    assert make.answer(ScriptedModel("Hello."), listener=Deaf()).status == "replied"


# Whom it is for


def in_group(model: TextModel, message: Said, *, small: TextModel | None = None, where: Place | None = None) -> Outcome:
    cast = make.person("Ada"), make.person("Eliza", is_agent=True), make.person("Bob", is_agent=True)
    place = where or make.place("GROUP", agents=("Eliza", "Bob"))
    pipeline = Pipeline(make.models(model, small=small), make.room(*cast), make.StoppedClock())
    return pipeline.take(make.question(message, where=place), make.agent(), make.Audience())


@pytest.mark.parametrize("word", ["IGNORE", "STOP", "NONE", "Hm, hard to say."])
def test_a_capable_model_may_decide_that_a_message_is_not_for_the_agent(word: str) -> None:
    small, large = planner(word), planner()

    outcome = in_group(large, make.said("Nice weather."), small=small)

    assert outcome.status == "ignored"
    assert (len(small.prompts), large.prompts) == (1, [])


def test_a_capable_model_may_decide_that_a_message_is_for_the_agent() -> None:
    small, large = planner("RESPOND"), planner(plan("Indeed."))

    outcome = in_group(large, make.said("Nice weather."), small=small)

    assert [reply.text for reply in outcome.replies] == ["Indeed."]
    assert outcome.reason == "scripted/planner found it is for the agent"


def test_a_small_model_is_not_asked_to_decide() -> None:
    model = ScriptedModel("Indeed.")

    outcome = in_group(model, make.said("Nice weather."))

    assert (outcome.reason, len(model.prompts)) == ("a person wrote to the room", 1)
    assert model.prompts[0].lines[-1].text == "Ada: Nice weather."


def test_a_model_that_cannot_decide_fails_the_turn() -> None:
    outcome = in_group(planner(), make.said("Nice weather."), small=planner(REFUSAL))

    assert (outcome.status, outcome.reason) == ("failed", REFUSAL.message)


# What is heard while it comes


def test_only_the_text_is_heard_while_a_plan_comes() -> None:
    listener = make.Audience()
    pieces = [plan("Tom &amp; Ada")[at : at + 3] for at in range(0, len(plan("Tom &amp; Ada")), 3)]

    make.answer(planner(pieces), listener=listener)

    assert listener.heard == "Tom & Ada"
    assert len(listener.chunks) > 2


def test_a_reply_without_form_is_heard_too() -> None:
    listener = make.Audience()

    outcome = make.answer(planner("Just words."), listener=listener)

    assert listener.heard == outcome.replies[0].text == "Just words."


def test_a_small_model_is_stopped_after_its_second_sentence() -> None:
    listener = make.Audience()
    model = ScriptedModel(["One. ", "Two. ", "Three. ", "Four."])

    outcome = make.answer(model, listener=listener)

    assert outcome.replies[0].text == listener.heard == "One. Two."
    assert model.stopped == 1
    # A model that is stopped tells nothing; what it was told is counted by its length.
    assert outcome.usage == Usage(model.prompts[0].about_tokens, 2)


def test_a_model_that_could_not_be_asked_has_read_nothing() -> None:
    outcome = make.answer(ScriptedModel(ModelRefused("No.")))

    assert (outcome.status, outcome.usage) == ("failed", Usage(0, 0))


def test_a_small_model_that_plays_the_other_side_is_stopped() -> None:
    listener = make.Audience()
    model = ScriptedModel(["Hello", "\nUs", "er: ", "And you?"])

    assert make.answer(model, listener=listener).replies[0].text == listener.heard == "Hello"
    assert model.stopped == 1


# Trying again


def test_a_plan_that_cannot_be_used_is_asked_for_again() -> None:
    model = planner("<thought>Hm.</thought>", "", plan("Hello."))

    outcome = make.answer(model)

    assert outcome.replies[0].text == "Hello."
    assert outcome.steps[3].detail == "scripted/planner, try 3"


def test_after_three_tries_the_turn_fails() -> None:
    model = planner(*["<thought>Hm.</thought>"] * 4)

    outcome = make.answer(model)

    assert (outcome.status, outcome.reason) == ("failed", "scripted/planner gave no usable answer in 3 tries.")
    assert len(model.prompts) == 3


def test_a_small_model_with_nothing_to_say_is_asked_once_more() -> None:
    assert make.answer(ScriptedModel("", "Hello.")).replies[0].text == "Hello."
    assert make.answer(ScriptedModel("User: Hello", "")).reason == "scripted/model had nothing to say."


def test_a_plan_that_was_cut_off_is_continued_once() -> None:
    listener = make.Audience()
    model = CutModel("<response><thought>t</thought><text>Hello, A", "da!</text></response>")

    outcome = make.answer(model, listener=listener)

    assert outcome.replies[0].text == listener.heard == "Hello, Ada!"
    assert [line.role for line in model.prompts[1].lines] == ["system", "user", "assistant", "user"]


def test_a_plan_that_stays_cut_off_is_taken_as_far_as_it_came() -> None:
    assert make.answer(CutModel("<response><text>Hello, A", "da, how")).replies[0].text == "Hello, Ada, how"
    assert make.answer(BrokenModel("<text>Hello, A", "da, how")).replies[0].text == "Hello, Ada, how"


def test_a_small_model_at_its_limit_ends_with_a_whole_word() -> None:
    assert make.answer(CutModel("Let me tell you about anoth", manner=Manner.CHAT)).replies[0].text == (
        "Let me tell you about …"
    )


def test_a_conversation_that_is_too_long_is_shortened() -> None:
    talk = tuple(make.said(f"Line {n}", seq=n) for n in range(1, 10))
    model = planner(PromptTooLong("9000 tokens, 8192 fit."), plan("Hello."))
    pipeline = Pipeline(make.models(model), make.room(talk=talk), make.StoppedClock())

    outcome = pipeline.take(make.question(make.said("Hi", seq=10)), make.agent(), make.Audience())

    assert outcome.replies[0].text == "Hello."
    assert ("Line 1<" in model.prompts[0].lines[1].text, "Line 1<" in model.prompts[1].lines[1].text) == (True, False)
    assert "Line 9<" in model.prompts[1].lines[1].text


def test_a_model_that_takes_too_long_fails_the_turn() -> None:
    stuck = ScriptedModel(name="scripted/planner", gate=Event())
    pipeline = Pipeline(make.models(stuck), ListStore(), make.StoppedClock(), limits=Limits(first=0.01, attempts=1))

    outcome = pipeline.take(make.question(make.said("Hi")), make.agent(), make.Audience())

    assert (outcome.status, outcome.reason) == ("failed", "scripted/planner did not answer within 0.01 seconds.")


# What it does


def note(scene: Scene, call: Call) -> ActionResult:
    return ActionResult(success=True, text=f"Noted as {call.key}.")


def explode(scene: Scene, call: Call) -> ActionResult:
    raise RuntimeError("token=hush")


def be_refused(scene: Scene, call: Call) -> ActionResult:
    raise REFUSAL


TOOLS = Plugin(
    name="tools",
    description="Actions for these tests.",
    actions=(
        Action("TAKE_NOTE", "Write it down.", note, similes=("WRITE",)),
        Action("EXPLODE", "Fail.", explode),
        Action("BE_REFUSED", "Ask a model that refuses.", be_refused),
        Action("NEVER", "Cannot be done here.", note, validate=lambda _scene: False),
    ),
)


def acted(actions: str, text: str = "") -> Outcome:
    return make.answer(planner(plan(text, actions=actions, thought="T.")), by=make.agent("Eliza", TOOLS))


@pytest.mark.parametrize(
    ("actions", "text", "said"),
    [
        ("REPLY", "Hi.", ["Hi."]),
        ("reply", "Hi.", ["Hi."]),
        ("ANSWER", "Hi.", ["Hi."]),
        ("", "Hi.", ["Hi."]),
        ("NONE", "Hi.", ["Hi."]),
        ("IGNORE, REPLY", "Hi.", ["Hi."]),
        ("takeNote", "", [f"Noted as {to_uuid('turn')}:0."]),
        ("WRITE", "Hi.", ["Hi.", f"Noted as {to_uuid('turn')}:0."]),
        ("TAKE_NOTE, REPLY", "Hi.", [f"Noted as {to_uuid('turn')}:0.", "Hi."]),
        ("EXPLODE, TAKE_NOTE", "", [f"Noted as {to_uuid('turn')}:1."]),
        ("DANCE, REPLY", "Hi.", ["Hi."]),
    ],
)
def test_actions_say_their_part(actions: str, text: str, said: list[str]) -> None:
    outcome = acted(actions, text)

    assert (outcome.status, [reply.text for reply in outcome.replies]) == ("replied", said)


@pytest.mark.parametrize(
    ("actions", "text", "status", "reason"),
    [
        ("IGNORE", "", "ignored", "T."),
        ("IGNORE", "Hi.", "ignored", "T."),
        ("STAY_SILENT", "", "ignored", "T."),
        ("IGNORE, REPLY", "", "ignored", "T."),
        ("NONE", "", "ignored", "T."),
        ("DANCE", "", "failed", "The agent wanted to do what it cannot: DANCE."),
        ("NEVER", "", "failed", "The agent wanted to do what it cannot: NEVER."),
        ("EXPLODE", "", "failed", "EXPLODE failed."),
        ("BE_REFUSED", "", "failed", REFUSAL.message),
    ],
)
def test_a_turn_without_words_says_why(actions: str, text: str, status: str, reason: str) -> None:
    outcome = acted(actions, text)

    assert (outcome.status, outcome.reason, outcome.replies) == (status, reason, ())


def test_what_was_done_is_kept() -> None:
    outcome = acted("EXPLODE, write, DANCE", "Hi.")

    assert outcome.steps[4].detail == "EXPLODE (failed), TAKE_NOTE, DANCE (unknown)"
    assert outcome.replies[0].actions == ("EXPLODE", "TAKE_NOTE", "DANCE")


def test_only_actions_that_can_be_taken_are_shown_to_the_model() -> None:
    model = planner(plan("Hi."))

    make.answer(model, by=make.agent("Eliza", TOOLS))

    asked = model.prompts[0].lines[1].text
    assert ("- TAKE_NOTE: Write it down." in asked, "NEVER" in asked) == (True, False)


def test_a_plan_without_words_for_its_reply_is_asked_for_them() -> None:
    model = planner(plan(actions="REPLY", thought="Greet her."), "<text>Hello, Ada!</text>")

    outcome = make.answer(model)

    assert outcome.replies[0].text == "Hello, Ada!"
    assert "Greet her." in model.prompts[1].lines[-1].text


# What it knows and keeps


def tells(text: str, **values: str) -> Plugin:
    return Plugin("news", "News.", providers=(Provider("NEWS", "News.", lambda _scene: Knowledge(text, values)),))


def test_a_provider_adds_to_the_prompt_and_to_templates() -> None:
    model = planner(plan("Hi."), plan("Hi."))

    make.answer(model, by=make.agent("Eliza", tells("# News\nIt rains.")))
    template = {"messageHandlerTemplate": "News: {{headline}} / {{providers}}"}
    make.answer(model, by=make.agent("Eliza", tells("It rains.", headline="Rain"), templates=template))

    assert "# News\nIt rains." in model.prompts[0].lines[1].text
    assert model.prompts[1].lines[1].text.startswith("News: Rain / ")
    assert model.prompts[1].lines[1].text.endswith('<message from="Ada">Hi there!</message>')


def test_a_provider_that_fails_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    def fail(_scene: Scene) -> Knowledge:
        raise RuntimeError("no news")

    broken = Plugin("broken", "Fails.", providers=(Provider("NEWS", "News.", fail),))

    assert make.answer(planner(plan("Hi.")), by=make.agent("Eliza", broken)).status == "replied"
    assert "no news" in caplog.text


def remembering(embedder: AxisEmbedder | None, *, store: ListStore | None = None, model: TextModel) -> Outcome:
    pipeline = Pipeline(make.models(model, embedding=embedder), store or ListStore(), make.StoppedClock())
    return pipeline.take(make.question(make.said("My dog is called Rex.")), make.agent(), make.Audience())


def test_question_and_reply_are_remembered_with_their_vectors() -> None:
    outcome = remembering(AxisEmbedder(), model=planner(plan("Nice.", thought="T.")))

    question, reply = outcome.memories
    assert question == NewMemory(
        table="messages",
        text="My dog is called Rex.",
        content={"text": "My dog is called Rex.", "source": "", "channelType": "DM"},
        embedding=(1.0, 0.0),
        embedded_by="axis/embedder",
        author_id=ADA,
        message_id=to_uuid("message 1"),
    )
    assert (reply.text, reply.embedding, reply.author_id, reply.part) == ("Nice.", (0.0, 1.0), ELIZA, 0)
    assert reply.content["inReplyTo"] == str(to_uuid("message 1"))


def test_without_an_embedding_model_memories_have_no_vector() -> None:
    outcome = remembering(None, model=ScriptedModel("Nice."))

    assert [memory.embedding for memory in outcome.memories] == [None, None]


def test_a_failing_embedding_model_does_not_fail_the_turn(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        outcome = remembering(RefusingEmbedder(), model=ScriptedModel("Nice."))

    assert (outcome.status, [memory.embedding for memory in outcome.memories]) == ("replied", [None, None])
    assert {getattr(record, "reason", "") for record in caplog.records} == {REFUSAL.message}


def test_what_was_ignored_is_remembered_but_not_what_the_agent_said_itself() -> None:
    assert [memory.text for memory in in_group(planner(), make.said("Bob?")).memories] == ["Bob?"]
    assert in_group(planner(), make.said("Well.", by="Eliza", is_agent=True)).memories == ()


def test_a_small_model_is_reminded_of_what_fits_and_may_be_said_here() -> None:
    store = ListStore()
    for text, channel, author in [
        ("Rex is a dog of nine years.", make.ROOM, ADA),
        ("Ada's dog bites.", uuid4(), ADA),
        ("I love your dog.", make.ROOM, ELIZA),
        ("Dogs bark.", None, None),
    ]:
        store.keep(
            ELIZA, [1.0, 0.0], Remembered(uuid4(), "messages", text, 0, channel, author), model=AxisEmbedder.name
        )
    store.keep(
        ELIZA, [0.0, 1.0], Remembered(uuid4(), "messages", "It rains.", 0, make.ROOM, ADA), model=AxisEmbedder.name
    )
    other = Remembered(uuid4(), "messages", "Another model thought of dogs.", 0, make.ROOM, ADA)
    store.keep(ELIZA, [1.0, 0.0], other, model="another/embedder")
    model = ScriptedModel("Nice.")

    remembering(AxisEmbedder(), store=store, model=model)

    remembered = '\nYou remember that this was said: "Rex is a dog of nine years." / "Dogs bark."'
    assert model.prompts[0].lines[0].text.endswith(remembered)


def test_an_evaluator_adds_what_is_worth_keeping() -> None:
    def keep(scene: Scene, replies: tuple[Reply, ...]) -> tuple[NewMemory, ...]:
        return (NewMemory("facts", f"{scene.message.author_name} heard {replies[0].text}", {}),)

    def fail(scene: Scene, replies: tuple[Reply, ...]) -> tuple[NewMemory, ...]:
        raise RuntimeError

    facts = Plugin("facts", "Facts.", evaluators=(Evaluator("FAIL", "", fail), Evaluator("KEEP", "", keep)))

    outcome = make.answer(ScriptedModel("Hello."), by=make.agent("Eliza", facts))

    assert [memory.text for memory in outcome.memories] == ["Hi there!", "Hello.", "Ada heard Hello."]


def test_two_turns_of_one_agent_do_not_mix() -> None:
    agent, store, clock = make.agent(), ListStore(), make.StoppedClock()
    model = ScriptedModel(lambda prompt: f"Heard {prompt.lines[-1].text}.", otherwise=lambda p: p.lines[-1].text)
    pipeline = Pipeline(make.models(model), store, clock)

    def ask(text: str, channel: int) -> Outcome:
        place = Place(to_uuid(f"room {channel}"), "DM", "", (ELIZA,), {})
        return pipeline.take(Question(uuid4(), place, make.said(text), 0, 1), agent, make.Audience())

    turns = [gevent.spawn(ask, f"number {n}", n) for n in range(3)]
    gevent.joinall(turns)

    said = [turn.value.replies[0].text for turn in turns if turn.value]
    assert said == ["Heard number 0.", "number 1", "number 2"]
