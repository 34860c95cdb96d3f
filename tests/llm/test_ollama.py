import json
from collections.abc import Iterator, Mapping

import pytest
from gevent.event import Event

from eliza.llm import calls
from eliza.llm.errors import ModelUnreachable
from eliza.llm.ollama import OllamaProvider, address
from eliza.llm.registry import Models
from eliza.llm.types import Absence, Line, Manner, ModelType, Offer, Prompt
from tests.llm.served import Answer, OllamaDialect, Served, line, tags

DIALECT = OllamaDialect()


def offered(env: Mapping[str, str]) -> list[tuple[ModelType, str]]:
    answers = [answer for answer in OllamaProvider().offers(env) if isinstance(answer, Offer)]
    return [(offer.model_type, offer.model.name) for offer in answers]


def absent(env: Mapping[str, str]) -> list[str]:
    return [answer.why for answer in OllamaProvider().offers(env) if isinstance(answer, Absence)]


def test_nobody_is_offered_who_was_not_configured() -> None:
    assert list(OllamaProvider().offers({})) == []


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("", "http://127.0.0.1:11434"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        (":11500", "http://127.0.0.1:11500"),
        ("box", "http://box:11434"),
        ("[::1]:7", "http://[::1]:7"),
        ("http://localhost:11434/api", "http://localhost:11434"),
        ("https://example.com/llm/", "https://example.com:443/llm"),
    ],
)
def test_an_address_is_understood_however_it_is_written(given: str, meant: str) -> None:
    assert address(given) == meant


def test_models_that_are_there_are_offered(server: Served) -> None:
    server.always("/api/tags", tags("tiny:latest", "big:70b"))

    assert offered({"OLLAMA_HOST": server.url, "OLLAMA_SMALL_MODEL": "tiny", "OLLAMA_LARGE_MODEL": "big:70b"}) == [
        (ModelType.TEXT_SMALL, "ollama/tiny:latest"),
        (ModelType.TEXT_LARGE, "ollama/big:70b"),
    ]


def test_without_a_name_the_first_model_that_writes_is_taken(server: Served) -> None:
    server.always("/api/tags", tags("big:latest"))

    assert [name for _, name in offered({"OLLAMA_HOST": server.url})] == ["ollama/big:latest"] * 2


def test_a_model_that_is_not_there_is_absent_with_the_command_that_gets_it(server: Served) -> None:
    server.always("/api/tags", tags("other"))

    assert absent({"OLLAMA_HOST": server.url, "OLLAMA_LARGE_MODEL": "big"}) == [
        "it has not pulled big; run: ollama pull big"
    ]


def test_an_ollama_without_models_says_so(server: Served) -> None:
    server.always("/api/tags", tags())

    [why] = absent({"OLLAMA_HOST": server.url})

    assert "ollama pull" in why


def test_an_ollama_that_does_not_run_is_absent() -> None:
    with Served() as server:
        url = server.url

    assert absent({"OLLAMA_HOST": url}) == [f"nothing that speaks Ollama answers at {url} (ConnectError)"]


def test_something_else_at_the_address_is_absent(server: Served) -> None:
    server.always("/api/tags", Answer([b"<html>It works!</html>"]))

    assert absent({"OLLAMA_HOST": server.url}) == [
        f"nothing that speaks Ollama answers at {server.url} (JSONDecodeError)"
    ]


def test_a_server_that_drips_does_not_hold_up_the_start(server: Served) -> None:
    def dripping() -> Iterator[bytes]:
        while True:
            yield b" "
            Event().wait(0.02)

    server.always("/api/tags", Answer(dripping()))

    [absence] = OllamaProvider(patience=0.1).offers({"OLLAMA_HOST": server.url})

    assert absence == Absence("ollama", f"nothing that speaks Ollama answers at {server.url} (ReadTimeout)")


@pytest.mark.parametrize(
    ("size", "manner"), [("1.5B", Manner.CHAT), ("135M", Manner.CHAT), ("8.0B", Manner.PLAN), ("", Manner.PLAN)]
)
def test_a_small_model_is_spoken_to_simply(server: Served, size: str, manner: Manner) -> None:
    server.always("/api/tags", tags("model", size=size))
    models = Models()
    models.ask(OllamaProvider(), {"OLLAMA_HOST": server.url})

    assert models.text().manner is manner


def test_the_request_says_how_long_context_and_answer_may_be(server: Served) -> None:
    server.will(Answer([DIALECT.piece("Yes."), *DIALECT.end()]))
    schema = {"type": "object"}

    calls.complete(
        DIALECT.model(server),
        Prompt((Line("user", "Hello"),), max_tokens=9, temperature=0.2, stop=("END",), schema=schema),
    )

    assert server.asked[0].body == {
        "model": "big:latest",
        "messages": [{"role": "user", "content": "Hello"}],
        "options": {"num_predict": 9, "num_ctx": 8192, "temperature": 0.2, "stop": ["END"]},
        "stream": True,
        "format": schema,
    }


def test_an_error_in_the_stream_is_a_fault(server: Served) -> None:
    server.will(Answer([line({"error": "the runner has stopped"})]))

    with pytest.raises(ModelUnreachable, match="the runner has stopped"):
        calls.complete(DIALECT.model(server), Prompt((Line("user", "Hello"),)), limits=calls.Limits(attempts=1))


def test_embeddings_have_the_length_the_model_reports(server: Served) -> None:
    server.always("/api/tags", tags("nomic:latest", family="nomic-bert"))
    server.will(
        Answer([json.dumps({"model_info": {"nomic-bert.embedding_length": 2}}).encode()]),
        Answer([json.dumps({"embeddings": [[3.0, 4.0], [0.0, 2.0]]}).encode()]),
    )
    models = Models()
    models.ask(OllamaProvider(), {"OLLAMA_HOST": server.url, "OLLAMA_EMBEDDING_MODEL": "nomic"})

    assert models.embedding().dimension == 2
    assert calls.embed(models.embedding(), ["one", "two"]) == [[0.6, 0.8], [0.0, 1.0]]
