"""Anthropic: Claude models."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import groupby
from typing import TYPE_CHECKING, Any, cast

import httpx2

from eliza.llm import remote
from eliza.llm.errors import AnswerCutOff, ModelError, ModelRefused, PromptTooLong
from eliza.llm.registry import Priority
from eliza.llm.remote import Callee, setting
from eliza.llm.types import Absence, Delta, Finished, Line, Manner, ModelType, Offer, Prompt, Usage

if TYPE_CHECKING:
    import anthropic
    from anthropic import Anthropic, Stream
    from anthropic.types import MessageParam, RawMessageStreamEvent

_DEFAULT_URL = "https://api.anthropic.com"
_SMALL = "claude-haiku-4-5"
_LARGE = "claude-sonnet-4-6"


class AnthropicProvider:
    """Configured by ``ANTHROPIC_API_KEY``."""

    name = "anthropic"

    def offers(self, env: Mapping[str, str]) -> Iterator[Offer | Absence]:
        key = setting(env, "ANTHROPIC_API_KEY")
        if not key:
            return
        client = _client(key, setting(env, "ANTHROPIC_BASE_URL") or _DEFAULT_URL)
        small = setting(env, "ANTHROPIC_SMALL_MODEL") or _SMALL
        large = setting(env, "ANTHROPIC_LARGE_MODEL") or _LARGE
        why = "ANTHROPIC_API_KEY is set"
        yield Offer(ModelType.TEXT_SMALL, AnthropicText(client, small, key=key), Priority.ANTHROPIC, why)
        yield Offer(ModelType.TEXT_LARGE, AnthropicText(client, large, key=key), Priority.ANTHROPIC, why)


class AnthropicText:
    """A Claude model. It chooses its own temperature: current models refuse to be given one."""

    manner = Manner.PLAN

    def __init__(self, client: "Anthropic", model: str, *, key: str) -> None:
        self.name = f"anthropic/{model}"
        self._client = client
        self._model = model
        self._callee = Callee(self.name, "ANTHROPIC_API_KEY", key)

    def stream(self, prompt: Prompt) -> Iterator[Delta | Finished]:
        with _translated(self._client, self._callee), self._open(prompt) as response:
            yield from self._read(response)

    def _open(self, prompt: Prompt) -> "Stream[RawMessageStreamEvent]":
        options: dict[str, Any] = {}
        system, messages = spoken(prompt.lines)
        if system:
            options["system"] = system
        stop = [word for word in prompt.stop if word.strip()]  # White space alone is refused.
        if stop:
            options["stop_sequences"] = stop
        if prompt.schema is not None:
            options["output_config"] = {"format": {"type": "json_schema", "schema": dict(prompt.schema)}}
        answer = self._client.messages.create(
            model=self._model,
            max_tokens=prompt.max_tokens,
            messages=cast("list[MessageParam]", messages),
            stream=True,
            **options,
        )
        # The SDK has an overload for each way to answer; with a stream asked for, this is the one.
        return cast("Stream[RawMessageStreamEvent]", answer)

    def _read(self, response: "Stream[RawMessageStreamEvent]") -> Iterator[Delta | Finished]:
        reason, asked, answered = "", 0, 0
        for event in response:
            if event.type == "message_start":
                asked = event.message.usage.input_tokens
            elif event.type == "content_block_delta" and event.delta.type == "text_delta" and event.delta.text:
                yield Delta(event.delta.text)
            elif event.type == "message_delta":
                reason = event.delta.stop_reason or ""
                answered = event.usage.output_tokens
        self._require_end(reason)
        yield Finished("length" if reason == "max_tokens" else "stop", Usage(asked, answered))

    def _require_end(self, reason: str) -> None:
        if not reason:
            raise AnswerCutOff(f"{self.name} stopped before its answer was finished.")
        if reason == "refusal":
            raise ModelRefused(f"{self.name} declined to answer this.")
        if reason == "model_context_window_exceeded":
            raise PromptTooLong(f"{self.name} ran out of room for its answer: the prompt is too long.")


def spoken(lines: Iterable[Line]) -> tuple[str, list[dict[str, str]]]:
    """The system text, and the conversation as the API wants it: the user first, the roles in turn, no blank text."""
    kept = [line for line in lines if line.text.strip()]
    system = "\n\n".join(line.text for line in kept if line.role == "system")
    messages: list[dict[str, str]] = []
    for role, group in groupby((line for line in kept if line.role != "system"), key=lambda line: line.role):
        messages.append({"role": role, "content": "\n\n".join(line.text for line in group)})
    if not messages:
        # A prompt of instructions only: the API cannot answer a system text by itself.
        return "", [{"role": "user", "content": system}]
    if messages[0]["role"] == "assistant":
        messages.insert(0, {"role": "user", "content": "(The conversation began earlier.)"})
    return system, messages


def _client(key: str, url: str) -> "Anthropic":
    """One client, so one pool of connections, for both models. Importing it takes a good part of a second."""
    from anthropic import Anthropic, Timeout  # noqa: PLC0415 - loaded only when configured, before the port opens.

    client = Anthropic(
        api_key=key,
        base_url=url,
        max_retries=0,  # The patience is in calls.
        timeout=Timeout(300, connect=10),
        open_telemetry=False,
    )
    # This is loaded at first use; a conversation should not have to wait for it.
    _ = client.messages
    return client


@contextmanager
def _translated(client: "Anthropic", callee: Callee) -> Iterator[None]:
    import anthropic  # noqa: PLC0415 - loaded when configured.

    try:
        yield
    except (anthropic.APITimeoutError, httpx2.TimeoutException) as error:
        raise remote.timed_out(callee) from error
    except (anthropic.APIConnectionError, httpx2.TransportError) as error:
        raise remote.unreachable(callee, client.base_url) from error
    except anthropic.APIStatusError as error:
        # Without its cause: the provider's words may repeat the key.
        raise _failure(callee, error) from None
    except (anthropic.AnthropicError, ValueError) as error:
        raise remote.not_understood(callee) from error


def _failure(callee: Callee, error: "anthropic.APIStatusError") -> ModelError:
    message = error.api_message or error.message
    if error.response.is_success:
        # An error event in a stream, whose HTTP status had been sent long before.
        return remote.broken(callee, message)
    return remote.failure(callee, error.status_code, message, error.response.headers)
