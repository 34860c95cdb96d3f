import pytest

from eliza.llm import calls
from eliza.llm.anthropic import AnthropicProvider, spoken
from eliza.llm.errors import ModelRefused, PromptTooLong
from eliza.llm.types import Line, ModelType, Offer, Prompt
from tests.llm.served import KEY, Answer, AnthropicDialect, Served, event

DIALECT = AnthropicDialect()


def ending(reason: str) -> Answer:
    usage = {"output_tokens": 0}
    return Answer([event({"type": "message_delta", "delta": {"stop_reason": reason}, "usage": usage})])


def test_nobody_is_offered_who_was_not_configured() -> None:
    assert list(AnthropicProvider().offers({"ANTHROPIC_LARGE_MODEL": "any"})) == []


def test_a_key_offers_both_sizes_of_text() -> None:
    offers = list(AnthropicProvider().offers({"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_SMALL_MODEL": "tiny"}))

    assert [(offer.model_type, offer.model.name) for offer in offers if isinstance(offer, Offer)] == [
        (ModelType.TEXT_SMALL, "anthropic/tiny"),
        (ModelType.TEXT_LARGE, "anthropic/claude-sonnet-4-6"),
    ]


def test_a_conversation_is_put_as_the_api_wants_it(server: Served) -> None:
    server.will(Answer([DIALECT.piece("Yes."), *DIALECT.end()]))
    lines = (
        Line("system", "You are Ada."),
        Line("user", "Hello"),
        Line("user", "Anybody there?"),
        Line("assistant", " "),
        Line("system", "Be brief."),
        Line("assistant", "Yes, I am."),
        Line("user", "Good."),
    )

    calls.complete(DIALECT.model(server), Prompt(lines, max_tokens=9, stop=("\n", "END")))

    assert server.asked[0].body == {
        "model": "big",
        "max_tokens": 9,
        "stream": True,
        "system": "You are Ada.\n\nBe brief.",
        "stop_sequences": ["END"],
        "messages": [
            {"role": "user", "content": "Hello\n\nAnybody there?"},
            {"role": "assistant", "content": "Yes, I am."},
            {"role": "user", "content": "Good."},
        ],
    }


def test_a_conversation_begun_by_the_agent_gets_a_first_word_by_the_user() -> None:
    _, messages = spoken([Line("assistant", "Welcome."), Line("user", "Hello")])

    assert [message["role"] for message in messages] == ["user", "assistant", "user"]


def test_instructions_alone_are_put_as_a_question() -> None:
    assert spoken([Line("system", "Write a poem.")]) == ("", [{"role": "user", "content": "Write a poem."}])


def test_a_schema_goes_along(server: Served) -> None:
    server.will(Answer([DIALECT.piece("{}"), *DIALECT.end()]))

    calls.complete(DIALECT.model(server), Prompt((Line("user", "Hello"),), schema={"type": "object"}))

    assert server.asked[0].body["output_config"] == {"format": {"type": "json_schema", "schema": {"type": "object"}}}


@pytest.mark.parametrize(
    ("reason", "error"), [("refusal", ModelRefused), ("model_context_window_exceeded", PromptTooLong)]
)
def test_the_reason_for_stopping_is_told(server: Served, reason: str, error: type[Exception]) -> None:
    server.will(ending(reason))

    with pytest.raises(error):
        calls.complete(DIALECT.model(server), Prompt((Line("user", "Hello"),)))


def test_a_provider_that_reports_overload_within_the_stream_may_be_asked_again(server: Served) -> None:
    trouble = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    server.will(Answer([event(trouble)]), Answer([DIALECT.piece("Here."), *DIALECT.end()]))

    answer = calls.complete(DIALECT.model(server), Prompt((Line("user", "Hello"),)), pause=lambda _: None)

    assert answer.text == "Here."
