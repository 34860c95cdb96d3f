"""What every remote provider has to do alike, tried with each against a server that speaks its dialect."""

import traceback
from collections.abc import Iterator

import gevent
import pytest
from gevent.event import Event

from eliza.llm import calls
from eliza.llm.calls import Completion, Limits
from eliza.llm.errors import AnswerCutOff, ModelError, ModelRefused, ModelTimedOut, ModelUnreachable, PromptTooLong
from eliza.llm.types import Delta, Finished, Line, Prompt, Usage
from tests.llm.served import KEY, Answer, Dialect, OllamaDialect, Served, breaking, endless, refusal

HELLO = Prompt((Line("system", "You are Ada."), Line("user", "Hello")), max_tokens=50, stop=("END",))


def test_pieces_arrive_while_the_server_still_writes(server: Served, dialect: Dialect) -> None:
    go_on = Event()

    def body() -> Iterator[bytes]:
        yield dialect.piece("Hel")
        go_on.wait()
        yield dialect.piece("lo.")
        yield from dialect.end()

    server.will(Answer(body()))
    answer = calls.stream(dialect.model(server), HELLO)

    assert next(answer) == Delta("Hel")
    go_on.set()
    assert list(answer) == [Delta("lo."), Finished("stop", Usage(7, 3))]


def test_an_answer_that_ran_into_its_limit_says_so(server: Served, dialect: Dialect) -> None:
    server.will(Answer([dialect.piece("Well"), *dialect.end(length=True)]))

    assert calls.complete(dialect.model(server), HELLO) == Completion("Well", "length", Usage(7, 3))


def test_every_script_and_separator_comes_through(server: Served, dialect: Dialect) -> None:
    text = "Grüße, 你好, 👩‍🚀, \u2028 \x85 \\n"
    raw = b"".join([dialect.piece(text), *dialect.end()])
    # Cut everywhere, in the middle of characters too.
    server.will(Answer(raw[at : at + 1] for at in range(len(raw))))

    assert calls.complete(dialect.model(server), Prompt((Line("user", text),))).text == text
    assert server.asked[0].body["messages"] == [{"role": "user", "content": text}]


def test_a_rejected_key_is_reported_without_the_key(server: Served, dialect: Dialect) -> None:
    server.will(refusal("401 Unauthorized", dialect.trouble(f"Incorrect API key provided: {KEY}")))

    with pytest.raises(ModelRefused, match="key") as failure:
        calls.complete(dialect.model(server), HELLO)

    assert KEY not in "".join(traceback.format_exception(failure.value))


def test_a_rejected_request_is_reported_in_the_providers_words_without_the_key(
    server: Served, dialect: Dialect
) -> None:
    server.will(refusal("400 Bad Request", dialect.trouble(f"No such persona for {KEY}")))

    with pytest.raises(ModelRefused, match="No such persona") as failure:
        calls.complete(dialect.model(server), HELLO)

    if dialect.name != "ollama":
        assert KEY not in "".join(traceback.format_exception(failure.value))


def test_a_busy_provider_is_asked_again_after_the_pause_it_wants(server: Served, dialect: Dialect) -> None:
    pauses: list[float] = []
    server.will(
        refusal("429 Too Many Requests", dialect.trouble("Slow down"), Retry_After="7"),
        Answer([dialect.piece("Here."), *dialect.end()]),
    )

    assert calls.complete(dialect.model(server), HELLO, pause=pauses.append).text == "Here."
    assert pauses == [7]


def test_a_fault_at_the_provider_is_unreachable(server: Served, dialect: Dialect) -> None:
    server.will(refusal("503 Service Unavailable", dialect.trouble("Overloaded")))

    with pytest.raises(ModelUnreachable, match="HTTP 503"):
        calls.complete(dialect.model(server), HELLO, limits=Limits(attempts=1))


def test_a_prompt_that_does_not_fit_is_named_so(server: Served, dialect: Dialect) -> None:
    message = "This model's maximum context length is 4096 tokens; you sent max_tokens and 9000 tokens."
    server.will(refusal("400 Bad Request", dialect.trouble(message)))

    with pytest.raises(PromptTooLong):
        calls.complete(dialect.model(server), HELLO)


def test_a_provider_that_is_gone_is_unreachable(dialect: Dialect) -> None:
    with Served() as server:
        model = dialect.model(server)

    with pytest.raises(ModelUnreachable, match="cannot be reached"):
        calls.complete(model, HELLO, limits=Limits(attempts=1))


def test_a_provider_that_never_answers_times_out_while_others_go_on(server: Served, dialect: Dialect) -> None:
    def silent() -> Iterator[bytes]:
        Event().wait()
        yield b""

    server.will(Answer(silent()))
    model = dialect.model(server)
    beats: list[int] = []

    def beat() -> None:
        for at in range(5):
            gevent.sleep(0.01)
            beats.append(at)

    other = gevent.spawn(beat)

    with pytest.raises(ModelTimedOut):
        calls.complete(model, HELLO, limits=Limits(first=0.2, attempts=1))

    assert other.ready()
    assert beats == [0, 1, 2, 3, 4]


def test_a_provider_that_falls_silent_is_cut_off(server: Served, dialect: Dialect) -> None:
    def faltering() -> Iterator[bytes]:
        yield dialect.piece("Well, ")
        Event().wait()

    server.will(Answer(faltering()))
    heard: list[Delta | Finished] = []

    with pytest.raises(AnswerCutOff):
        heard.extend(calls.stream(dialect.model(server), HELLO, limits=Limits(idle=0.1)))

    assert heard == [Delta("Well, ")]


@pytest.mark.parametrize("ending", [list, breaking], ids=["it merely ends", "the connection breaks"])
def test_half_an_answer_was_cut_off(server: Served, dialect: Dialect, ending: type[list[bytes]]) -> None:
    server.will(Answer(ending([dialect.piece("Once upon a ")])))

    with pytest.raises(AnswerCutOff):
        calls.complete(dialect.model(server), HELLO)


def test_an_answer_that_cannot_be_read_is_a_failure(server: Served, dialect: Dialect) -> None:
    server.will(Answer([b"event: message_start\ndata: {oops\n\n"]))

    with pytest.raises(ModelError):
        calls.complete(dialect.model(server), HELLO)


def test_closing_the_answer_closes_the_connection(server: Served, dialect: Dialect) -> None:
    server.will(Answer(endless(dialect.piece("and "))))
    answer = calls.stream(dialect.model(server), HELLO)
    next(answer)

    answer.close()

    assert server.hung_up.wait(5)


def test_killing_the_reader_closes_the_connection(server: Served, dialect: Dialect) -> None:
    server.will(Answer(endless(dialect.piece("and "))))
    begun = Event()

    def read() -> None:
        for _ in calls.stream(dialect.model(server), HELLO):
            begun.set()

    reader = gevent.spawn(read)
    begun.wait(5)

    reader.kill()

    assert server.hung_up.wait(5)


def test_many_answers_stream_at_once_over_one_client(server: Served, dialect: Dialect) -> None:
    everybody = Event()
    waiting: list[int] = []

    def body() -> Iterator[bytes]:
        waiting.append(1)
        if len(waiting) == 20:
            everybody.set()
        everybody.wait()
        yield dialect.piece("Here.")
        yield from dialect.end()

    server.will(*(Answer(body()) for _ in range(20)))
    model = dialect.model(server)

    readers = [gevent.spawn(calls.complete, model, HELLO) for _ in range(20)]
    gevent.joinall(readers, timeout=10)

    assert [reader.value and reader.value.text for reader in readers] == ["Here."] * 20


def test_the_model_is_named_by_provider_and_model(server: Served, dialect: Dialect) -> None:
    expected = "ollama/big:latest" if isinstance(dialect, OllamaDialect) else f"{dialect.name}/big"

    assert dialect.model(server).name == expected
