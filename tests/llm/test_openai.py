import json
from collections.abc import Mapping

import pytest

from eliza.llm import calls
from eliza.llm.errors import ModelError, ModelRefused
from eliza.llm.openai import OpenAIProvider, is_strict
from eliza.llm.registry import Models
from eliza.llm.types import Absence, Line, ModelType, Offer, Prompt
from tests.llm.served import KEY, Answer, OpenAIDialect, Served, refusal

DIALECT = OpenAIDialect()
HELLO = Prompt((Line("user", "Hello"),), max_tokens=50, temperature=0.5)


def offered(env: Mapping[str, str]) -> list[tuple[ModelType, str, str]]:
    answers = [answer for answer in OpenAIProvider().offers(env) if isinstance(answer, Offer)]
    return [(offer.model_type, offer.model.name, offer.why) for offer in answers]


def absent(env: Mapping[str, str]) -> list[str]:
    return [answer.why for answer in OpenAIProvider().offers(env) if isinstance(answer, Absence)]


def hello() -> Answer:
    return Answer([DIALECT.piece("Hello."), *DIALECT.end()])


def complaint(message: str, param: str | None = None) -> Answer:
    return refusal("400 Bad Request", {"error": {"message": message, "param": param, "code": "unsupported"}})


def test_nobody_is_offered_who_was_not_configured() -> None:
    assert list(OpenAIProvider().offers({"SMALL_MODEL": "any", "OPENAI_API_KEY": " "})) == []


def test_a_key_alone_offers_everything() -> None:
    assert offered({"OPENAI_API_KEY": KEY}) == [
        (ModelType.TEXT_SMALL, "openai/gpt-5.4-mini", "OPENAI_API_KEY is set"),
        (ModelType.TEXT_LARGE, "openai/gpt-5.4", "OPENAI_API_KEY is set"),
        (ModelType.TEXT_EMBEDDING, "openai/text-embedding-3-small", "OPENAI_API_KEY is set"),
        (ModelType.IMAGE_DESCRIPTION, "openai/gpt-5.4-mini", "OPENAI_API_KEY is set"),
        (ModelType.TRANSCRIPTION, "openai/gpt-4o-mini-transcribe", "OPENAI_API_KEY is set"),
        (ModelType.TEXT_TO_SPEECH, "openai/gpt-4o-mini-tts", "OPENAI_API_KEY is set"),
    ]


def test_a_compatible_server_needs_no_key_and_offers_what_is_named() -> None:
    env = {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "LARGE_MODEL": "llama"}

    assert offered(env) == [
        (ModelType.TEXT_SMALL, "openai/llama", "OPENAI_BASE_URL is set"),
        (ModelType.TEXT_LARGE, "openai/llama", "OPENAI_BASE_URL is set"),
    ]


@pytest.mark.parametrize(
    ("env", "missing"),
    [
        ({"OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}, "OPENAI_LARGE_MODEL"),
        ({"OPENAI_BASE_URL": "https://api.openai.com/v1"}, "OPENAI_API_KEY"),
        ({"OPENAI_API_KEY": KEY, "OPENAI_EMBEDDING_MODEL": "own"}, "OPENAI_EMBEDDING_DIMENSIONS"),
        ({"OPENAI_API_KEY": KEY, "OPENAI_EMBEDDING_DIMENSIONS": "many"}, "OPENAI_EMBEDDING_DIMENSIONS=many"),
    ],
    ids=["no model", "no key", "no dimensions", "odd dimensions"],
)
def test_what_is_missing_is_named(env: dict[str, str], missing: str) -> None:
    [why] = absent(env)

    assert missing in why


def test_an_option_the_server_does_not_know_is_left_out_from_then_on(server: Served) -> None:
    server.will(complaint("Unknown field: stream_options"), hello(), hello())
    model = DIALECT.model(server)

    calls.complete(model, HELLO)
    calls.complete(model, HELLO)

    assert ["stream_options" in asked.body for asked in server.asked] == [True, False, False]


def test_the_limit_is_called_by_its_other_name_when_the_server_wants_that(server: Served) -> None:
    message = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens'."
    server.will(complaint(message, "max_tokens"), hello())

    calls.complete(DIALECT.model(server), HELLO)

    assert server.asked[1].body["max_completion_tokens"] == 50
    assert "max_tokens" not in server.asked[1].body


def test_a_temperature_that_a_model_refuses_is_left_out(server: Served) -> None:
    server.will(complaint("Unsupported value: 'temperature' does not support 0.5", "temperature"), hello())

    calls.complete(DIALECT.model(server), HELLO)

    assert ["temperature" in asked.body for asked in server.asked] == [True, False]


def test_a_server_that_refuses_everything_is_not_asked_for_ever(server: Served) -> None:
    message = "stream_options, max_tokens, max_completion_tokens, temperature: all wrong"
    server.will(*(complaint(message) for _ in range(9)))

    with pytest.raises(ModelRefused):
        calls.complete(DIALECT.model(server), HELLO)

    assert len(server.asked) == 5


def test_a_schema_is_asked_for_strictly_where_that_is_possible(server: Served) -> None:
    server.will(hello())
    schema = {
        "type": "object",
        "properties": {"text": {"type": "string"}},
        "required": ["text"],
        "additionalProperties": False,
    }

    calls.complete(DIALECT.model(server), Prompt(HELLO.lines, schema=schema))

    assert server.asked[0].body["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "answer", "schema": schema, "strict": True},
    }


def test_a_schema_with_optional_parts_is_not_strict() -> None:
    assert not is_strict({"type": "object", "properties": {"text": {"type": "string"}}})
    assert not is_strict({"type": "array", "items": {"type": "object"}})


def test_an_answer_the_filter_stopped_is_a_refusal(server: Served) -> None:
    body = {"id": "1", "choices": [{"index": 0, "delta": {}, "finish_reason": "content_filter"}]}
    server.will(Answer([f"data: {json.dumps(body)}\n\n".encode()]))

    with pytest.raises(ModelRefused, match="content filter"):
        calls.complete(DIALECT.model(server), HELLO)


def test_an_account_without_credit_is_not_asked_again(server: Served) -> None:
    body = {"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}}
    server.will(refusal("429 Too Many Requests", body))

    with pytest.raises(ModelRefused, match="credit"):
        calls.complete(DIALECT.model(server), HELLO)


def test_a_fault_reported_within_the_stream_is_tried_again(server: Served) -> None:
    server.will(Answer([b'data: {"error": {"message": "The engine stumbled"}}\n\n']), hello())

    assert calls.complete(DIALECT.model(server), HELLO, pause=lambda _: None).text == "Hello."


def embedding_env(server: Served) -> dict[str, str]:
    return {
        "OPENAI_BASE_URL": server.url,
        "OPENAI_LARGE_MODEL": "big",
        "OPENAI_EMBEDDING_MODEL": "vectors",
        "OPENAI_EMBEDDING_DIMENSIONS": "2",
    }


def vectors(*rows: tuple[int, list[float]]) -> Answer:
    found = [{"object": "embedding", "index": index, "embedding": vector} for index, vector in rows]
    usage = {"prompt_tokens": 1, "total_tokens": 1}
    return Answer([json.dumps({"object": "list", "model": "vectors", "data": found, "usage": usage}).encode()])


def test_embeddings_come_as_unit_vectors_in_the_order_of_the_texts(server: Served) -> None:
    server.will(vectors((1, [0.0, 5.0]), (0, [3.0, 4.0])))
    models = Models()
    models.ask(OpenAIProvider(), embedding_env(server))

    assert calls.embed(models.embedding(), ["café", ""]) == [[0.6, 0.8], [0.0, 1.0]]
    assert server.asked[0].body == {"model": "vectors", "input": ["café", " "], "encoding_format": "float"}


def test_vectors_of_an_unexpected_length_are_refused(server: Served) -> None:
    server.will(vectors((0, [1.0, 0.0, 0.0])))
    models = Models()
    models.ask(OpenAIProvider(), embedding_env(server))

    with pytest.raises(ModelError, match="2 were expected"):
        calls.embed(models.embedding(), ["hello"])
