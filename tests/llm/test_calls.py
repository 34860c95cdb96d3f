from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import gevent
import pytest
from gevent.event import Event

from eliza.llm import calls
from eliza.llm.calls import Completion, Limits
from eliza.llm.errors import AnswerCutOff, ModelError, ModelRefused, ModelTimedOut, ModelUnreachable
from eliza.llm.types import Delta, Finished, Line, Manner, Prompt, Usage
from eliza.testing.scripted import ScriptedModel

HELLO = Prompt((Line("user", "Hello there"),))
BUSY = ModelUnreachable("The provider is busy.")


class Pauses:
    """Records how long it was asked to pause, and moves its clock on by that much."""

    def __init__(self) -> None:
        self.taken: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)

    def now(self) -> datetime:
        return datetime.fromtimestamp(sum(self.taken), UTC)

    def monotonic(self) -> float:
        return sum(self.taken)


def test_an_answer_comes_in_the_pieces_the_model_gave() -> None:
    model = ScriptedModel(["Hel", "lo, ", "Ada."])

    pieces = list(calls.stream(model, HELLO))

    assert pieces == [Delta("Hel"), Delta("lo, "), Delta("Ada."), Finished("stop", Usage(2, 3))]
    assert model.prompts == [HELLO]


def test_a_whole_answer_is_its_pieces_put_together() -> None:
    assert calls.complete(ScriptedModel(["Grüß ", "dich, 你好"]), HELLO) == Completion(
        "Grüß dich, 你好", "stop", Usage(2, 3)
    )


def test_a_transient_failure_is_tried_again_with_growing_pauses() -> None:
    pauses = Pauses()
    model = ScriptedModel(BUSY, BUSY, "Here I am.")

    pieces = list(calls.stream(model, HELLO, pause=pauses, jitter=lambda: 0.5))

    assert pieces[0] == Delta("Here I am.")
    assert pauses.taken == [0.5, 1.0]


def test_attempts_are_bounded() -> None:
    pauses = Pauses()
    model = ScriptedModel(otherwise=BUSY)

    with pytest.raises(ModelUnreachable):
        calls.complete(model, HELLO, limits=Limits(attempts=3), pause=pauses)

    assert len(model.prompts) == 3
    assert len(pauses.taken) == 2


def test_a_refusal_is_not_tried_again() -> None:
    model = ScriptedModel(ModelRefused("Unknown model."), "too late")

    with pytest.raises(ModelRefused):
        calls.complete(model, HELLO, pause=Pauses())

    assert len(model.prompts) == 1


def test_the_pause_a_provider_asks_for_is_kept() -> None:
    pauses = Pauses()
    model = ScriptedModel(ModelUnreachable("Busy.", details={"retry_after": 7}), "Now.")

    assert calls.complete(model, HELLO, pause=pauses).text == "Now."
    assert pauses.taken == [7]


def test_a_provider_that_asks_for_too_long_a_pause_is_given_up_at_once() -> None:
    pauses = Pauses()
    model = ScriptedModel(ModelUnreachable("Busy.", details={"retry_after": 3600}), "Now.")

    with pytest.raises(ModelUnreachable):
        calls.complete(model, HELLO, pause=pauses)

    assert pauses.taken == []


def test_pauses_count_towards_the_total() -> None:
    pauses = Pauses()
    busy = ModelUnreachable("Busy.", details={"retry_after": 6})
    model = ScriptedModel(otherwise=busy)

    with pytest.raises(ModelUnreachable):
        list(calls.stream(model, HELLO, limits=Limits(total=10, attempts=9), pause=pauses, clock=pauses))

    assert pauses.taken == [6]


def test_a_model_that_never_begins_times_out_while_others_go_on() -> None:
    model = ScriptedModel(gate=Event())
    other = gevent.spawn(lambda: "still here")

    with pytest.raises(ModelTimedOut, match=r"scripted/model did not answer within 0\.02 seconds"):
        calls.complete(model, HELLO, limits=Limits(first=0.0201234, attempts=1))

    assert other.value == "still here"
    assert model.stopped == 1


def test_a_model_that_falls_silent_is_cut_off() -> None:
    def falling_silent() -> Iterator[str]:
        yield "Well, "
        Event().wait()

    heard: list[Delta | Finished] = []
    with pytest.raises(AnswerCutOff, match=r"0\.02 seconds"):
        heard.extend(calls.stream(ScriptedModel(falling_silent()), HELLO, limits=Limits(idle=0.02)))

    assert heard == [Delta("Well, ")]


def test_the_total_is_kept_however_lively_the_model_is() -> None:
    clock = Pauses()

    def talking() -> Iterator[str]:
        while True:
            clock.taken.append(1)
            yield "and "

    heard: list[Delta | Finished] = []
    with pytest.raises(AnswerCutOff):
        heard.extend(calls.stream(ScriptedModel(talking()), HELLO, limits=Limits(total=5), clock=clock))

    assert len(heard) == 5


def test_a_break_after_the_first_piece_is_not_tried_again() -> None:
    model = ScriptedModel(["Once upon ", BUSY], "Another story.")

    with pytest.raises(AnswerCutOff, match="broke off: The provider is busy"):
        calls.complete(model, HELLO, pause=Pauses())

    assert len(model.prompts) == 1


class Unfinished:
    """Ends its stream without the word that it is finished."""

    name = "careless/model"
    manner = Manner.CHAT

    def stream(self, prompt: Prompt) -> Iterator[Delta | Finished]:
        yield Delta("So I ")


def test_a_stream_that_merely_ends_was_cut_off() -> None:
    with pytest.raises(AnswerCutOff, match="careless/model stopped before"):
        calls.complete(Unfinished(), HELLO)


@pytest.mark.parametrize("answer", ["", " \n ", []], ids=["nothing", "white space", "no pieces"])
def test_an_empty_answer_is_a_failure(answer: str | list[str]) -> None:
    with pytest.raises(ModelError, match="scripted/model gave an empty answer"):
        calls.complete(ScriptedModel(answer), HELLO)


def test_white_space_before_the_first_word_waits_for_it() -> None:
    pieces = list(calls.stream(ScriptedModel(["\n", " ", "Yes", " ", "indeed"]), HELLO))

    assert pieces[:-1] == [Delta("\n Yes"), Delta(" "), Delta("indeed")]


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        (["Hi \ud83d", "\ude00!"], ["Hi ", "😀!"]),
        (["\ud83d", "\ude00"], ["😀"]),
        (["Hi \ud83d\ude00"], ["Hi 😀"]),
        (["half \ud83d", "of it"], ["half ", "\ufffdof it"]),
        (["\ude00 the other half"], ["\ufffd the other half"]),
        (["\ud83d\ud83d", "\ude00"], ["\ufffd", "😀"]),
        (["it ends \ud83d"], ["it ends ", "\ufffd"]),
        (["nul \0 here"], ["nul \ufffd here"]),
        (["Grüß ", "你好 😀"], ["Grüß ", "你好 😀"]),
    ],
)
def test_an_answer_has_only_whole_characters_that_can_be_kept(said: list[str], heard: list[str]) -> None:
    *pieces, end = calls.stream(ScriptedModel(said), HELLO)

    assert [piece.text for piece in pieces if isinstance(piece, Delta)] == heard
    assert isinstance(end, Finished)


def test_a_failure_of_another_kind_becomes_a_model_error() -> None:
    with pytest.raises(ModelError, match=r"failed unexpectedly \(KeyError\)") as failure:
        calls.complete(ScriptedModel(KeyError("choices")), HELLO)

    assert not failure.value.transient


def test_a_failure_of_another_kind_in_mid_answer_cuts_it_off() -> None:
    with pytest.raises(AnswerCutOff):
        calls.complete(ScriptedModel(["Let me ", KeyError("choices")]), HELLO)


def test_closing_the_answer_stops_the_model_at_once() -> None:
    model = ScriptedModel(["One ", "two ", "three"])
    answer = calls.stream(model, HELLO)
    next(answer)

    answer.close()

    assert model.stopped == 1


def test_killing_the_reader_stops_a_model_that_thinks() -> None:
    model = ScriptedModel(gate=Event())
    reader = gevent.spawn(calls.complete, model, HELLO)
    gevent.idle()

    reader.kill()

    assert model.stopped == 1


def test_the_callers_own_time_limit_is_left_alone() -> None:
    with pytest.raises(gevent.Timeout), gevent.Timeout(0.01):
        calls.complete(ScriptedModel(gate=Event()), HELLO)


class Embedder:
    name = "test/embedder"
    dimension = 2

    def __init__(self, *answers: list[list[float]] | Exception) -> None:
        self._answers = list(answers)

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_embedding_is_tried_again_too() -> None:
    assert calls.embed(Embedder(BUSY, [[1.0, 0.0]]), ["hello"], pause=Pauses()) == [[1.0, 0.0]]


def test_nothing_to_embed_asks_nobody() -> None:
    assert calls.embed(Embedder(), []) == []


@pytest.mark.parametrize("vectors", [[], [[1.0, 0.0, 0.0]]], ids=["too few", "too long"])
def test_vectors_of_the_wrong_shape_are_refused(vectors: list[list[float]]) -> None:
    with pytest.raises(ModelError):
        calls.embed(Embedder(vectors), ["hello"])
