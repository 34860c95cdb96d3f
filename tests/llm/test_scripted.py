import gevent
import pytest
from gevent.event import Event

from eliza.llm import calls
from eliza.llm.errors import ModelRefused
from eliza.llm.registry import Models
from eliza.llm.types import Delta, Finished, Line, Manner, ModelType, Prompt, Usage
from eliza.testing.scripted import ScriptedModel, ScriptedProvider

HELLO = Prompt((Line("user", "Hello"),))


def test_it_says_its_lines_in_order_and_then_what_it_says_otherwise() -> None:
    model = ScriptedModel("One.", otherwise="Enough.").will_say("Two.")

    said = [calls.complete(model, HELLO).text for _ in range(4)]

    assert said == ["One.", "Two.", "Enough.", "Enough."]
    assert model.is_out_of_words


def test_it_can_answer_to_what_it_was_asked() -> None:
    model = ScriptedModel(lambda prompt: prompt.lines[-1].text.upper())

    assert calls.complete(model, HELLO).text == "HELLO"
    assert model.prompts == [HELLO]


def test_it_can_fail_at_once_or_in_mid_answer() -> None:
    model = ScriptedModel(ModelRefused("No."), ["Well, ", ModelRefused("no.")])

    with pytest.raises(ModelRefused):
        list(model.stream(HELLO))
    half = model.stream(HELLO)
    assert next(half) == Delta("Well, ")
    with pytest.raises(ModelRefused):
        next(half)


def test_it_thinks_while_its_gate_is_shut() -> None:
    gate = Event()
    model = ScriptedModel("Done.", gate=gate)
    reader = gevent.spawn(lambda: list(model.stream(HELLO)))
    gevent.idle()
    assert (model.prompts, reader.ready()) == ([HELLO], False)

    gate.set()

    assert reader.get() == [Delta("Done."), Finished("stop", Usage(1, 1))]


def test_an_answer_read_to_its_end_does_not_count_as_stopped() -> None:
    model = ScriptedModel("Done.")

    calls.complete(model, HELLO)

    assert model.stopped == 0


def test_it_comes_in_by_the_providers_door_and_goes_first() -> None:
    small, large = ScriptedModel(name="scripted/small"), ScriptedModel(manner=Manner.PLAN)
    models = Models()

    models.ask(ScriptedProvider(large, small=small), {})

    assert models.text() is large
    assert models.text(ModelType.TEXT_SMALL) is small
