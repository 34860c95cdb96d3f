import pytest

from eliza.llm.errors import ModelError, ModelRefused, ModelTimedOut, ModelUnreachable, PromptTooLong
from eliza.llm.remote import Callee, failure, retry_after, unreachable

CALLEE = Callee("test/model", "TEST_KEY", "secret")


@pytest.mark.parametrize(
    ("status", "message", "error"),
    [
        (400, "no such field", ModelRefused),
        (400, "prompt is too long: 300000 tokens > 200000 maximum", PromptTooLong),
        (413, "maximum context length is 8192 tokens", PromptTooLong),
        (401, "bad key", ModelRefused),
        (402, "pay first", ModelRefused),
        (403, "not in your country", ModelRefused),
        (404, "model not found", ModelRefused),
        (408, "", ModelTimedOut),
        (429, "slow down", ModelUnreachable),
        (429, "insufficient_quota", ModelRefused),
        (500, "oops", ModelUnreachable),
        (504, "", ModelTimedOut),
        (529, "overloaded", ModelUnreachable),
    ],
)
def test_a_status_has_one_meaning_whoever_sends_it(status: int, message: str, error: type[ModelError]) -> None:
    assert type(failure(CALLEE, status, message, {})) is error


def test_a_provider_is_quoted_briefly_and_without_the_key() -> None:
    said = failure(CALLEE, 400, "bad\n\n thing secret " + "x" * 1000, {}).message

    assert said.startswith("test/model refused the request (HTTP 400): bad thing … xxx")
    assert len(said) < 360


def test_an_address_is_told_without_the_password_in_it() -> None:
    said = unreachable(CALLEE, "https://ada:lovelace@example.com:8443/v1").message

    assert said == "test/model cannot be reached at example.com:8443, or the connection broke."


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ({"retry-after": "7"}, {"retry_after": 7.0}),
        ({"retry-after": "0.5"}, {"retry_after": 0.5}),
        (
            {"retry-after": "Wed, 21 Oct 2026 07:28:30 GMT", "date": "Wed, 21 Oct 2026 07:28:00 GMT"},
            {"retry_after": 30.0},
        ),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:30 GMT"}, {}),
        ({"retry-after": "soon"}, {}),
        ({}, {}),
    ],
    ids=["seconds", "fraction", "date", "date without a clock", "words", "nothing"],
)
def test_the_pause_a_provider_wants_is_understood(headers: dict[str, str], pause: dict[str, float]) -> None:
    assert retry_after(headers) == pause
