"""OpenAI: the models at OpenAI and at every server that speaks its protocol."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from eliza.llm import openai_senses, remote
from eliza.llm.errors import AnswerCutOff, ModelRefused
from eliza.llm.openai_client import connect, translated
from eliza.llm.registry import Priority
from eliza.llm.remote import Callee, setting
from eliza.llm.types import Absence, Delta, Finished, Manner, ModelType, Offer, Prompt, Usage

if TYPE_CHECKING:
    from openai import OpenAI, Stream
    from openai.types.chat import ChatCompletionChunk, ChatCompletionMessageParam

log = logging.getLogger(__name__)

_DEFAULT_URL = "https://api.openai.com/v1"
_SMALL = "gpt-5.4-mini"
_LARGE = "gpt-5.4"
_EMBEDDING = "text-embedding-3-small"
_DIMENSIONS = {"text-embedding-3-small": 1536, "text-embedding-3-large": 3072, "text-embedding-ada-002": 1536}
_BATCH = 256
"""Texts in one request for embeddings; OpenAI takes 2048, its likenesses often fewer."""


class OpenAIProvider:
    """Configured by ``OPENAI_API_KEY``, or by ``OPENAI_BASE_URL`` alone for a server that asks for no key."""

    name = "openai"

    def offers(self, env: Mapping[str, str]) -> Iterator[Offer | Absence]:
        key, url = setting(env, "OPENAI_API_KEY"), setting(env, "OPENAI_BASE_URL")
        if not key and not url:
            return
        at_openai = not url or urlsplit(url).hostname == urlsplit(_DEFAULT_URL).hostname
        if at_openai and not key:
            yield Absence(self.name, "OPENAI_BASE_URL leads to OpenAI, and OPENAI_API_KEY is not set")
            return
        client = connect(key, url or _DEFAULT_URL)
        yield from self._text(env, client, key, at_openai=at_openai)
        yield from self._embedding(env, client, key, at_openai=at_openai)
        yield from openai_senses.offers(env, client, key, at_openai=at_openai, why=_why(key))

    def _text(
        self, env: Mapping[str, str], client: "OpenAI", key: str, *, at_openai: bool
    ) -> Iterator[Offer | Absence]:
        small = setting(env, "OPENAI_SMALL_MODEL", "SMALL_MODEL")
        large = setting(env, "OPENAI_LARGE_MODEL", "LARGE_MODEL")
        if at_openai:
            small, large = small or _SMALL, large or _LARGE
        if not small and not large:
            yield Absence(self.name, "OPENAI_BASE_URL is set, and OPENAI_LARGE_MODEL does not say which model to use")
            return
        for model_type, model in ((ModelType.TEXT_SMALL, small or large), (ModelType.TEXT_LARGE, large or small)):
            effort = setting(env, "OPENAI_REASONING_EFFORT") or ("none" if model in {_SMALL, _LARGE} else "")
            text = OpenAIText(client, model, key=key, at_openai=at_openai, effort=effort)
            yield Offer(model_type, text, Priority.OPENAI, _why(key))

    def _embedding(
        self, env: Mapping[str, str], client: "OpenAI", key: str, *, at_openai: bool
    ) -> Iterator[Offer | Absence]:
        model = setting(env, "OPENAI_EMBEDDING_MODEL") or (_EMBEDDING if at_openai else "")
        if not model:
            return
        wish = setting(env, "OPENAI_EMBEDDING_DIMENSIONS")
        if wish and (not wish.isdecimal() or int(wish) == 0):
            yield Absence(self.name, f"OPENAI_EMBEDDING_DIMENSIONS={wish} is not a number of dimensions")
            return
        if not wish and model not in _DIMENSIONS:
            yield Absence(self.name, f"OPENAI_EMBEDDING_DIMENSIONS does not say how long the vectors of {model} are")
            return
        dimension = int(wish) if wish else _DIMENSIONS[model]
        yield Offer(
            ModelType.TEXT_EMBEDDING,
            OpenAIEmbedding(client, model, dimension, key=key),
            Priority.OPENAI,
            _why(key),
        )


class OpenAIText:
    """A chat model. Options that the server turns out not to know are left out from then on."""

    manner = Manner.PLAN

    def __init__(self, client: "OpenAI", model: str, *, key: str, at_openai: bool, effort: str = "") -> None:
        self.name = f"openai/{model}"
        self._client = client
        self._model = model
        self._callee = Callee(self.name, "OPENAI_API_KEY", key)
        # Everybody knows the older name of the limit but OpenAI's newer models.
        self._limit = "max_completion_tokens" if at_openai else "max_tokens"
        self._effort = effort
        self._unknown: set[str] = set()

    def stream(self, prompt: Prompt) -> Iterator[Delta | Finished]:
        with translated(self._client, self._callee), self._open(prompt) as response:
            yield from self._read(response)

    def _open(self, prompt: Prompt) -> "Stream[ChatCompletionChunk]":
        from openai import BadRequestError, UnprocessableEntityError  # noqa: PLC0415 - loaded when configured.

        while True:
            options = self._options(prompt)
            try:
                # The SDK has a type for each role and an overload for each way to answer; both are known here.
                messages = [{"role": line.role, "content": line.text} for line in prompt.lines]
                answer = self._client.chat.completions.create(
                    model=self._model,
                    messages=cast("list[ChatCompletionMessageParam]", messages),
                    stream=True,
                    **options,
                )
                return cast("Stream[ChatCompletionChunk]", answer)
            except (BadRequestError, UnprocessableEntityError) as error:
                if not self._learn_from(error.param, error.message, options):
                    raise

    def _options(self, prompt: Prompt) -> dict[str, Any]:
        options: dict[str, Any] = {"stream_options": {"include_usage": True}, self._limit: prompt.max_tokens}
        if prompt.temperature is not None:
            options["temperature"] = prompt.temperature
        if prompt.stop:
            options["stop"] = list(prompt.stop)
        if self._effort:
            options["reasoning_effort"] = self._effort
        options = {name: value for name, value in options.items() if name not in self._unknown}
        if prompt.schema is not None:
            # The schema is never left out: an answer in another form is worth nothing to who asked.
            form = {"name": "answer", "schema": dict(prompt.schema), "strict": is_strict(prompt.schema)}
            options["response_format"] = {"type": "json_schema", "json_schema": form}
        return options

    def _learn_from(self, param: str | None, message: str, options: Mapping[str, Any]) -> bool:
        """True if the server complained of an option that can be left out or be given its other name."""
        optional = [name for name in options if name != "response_format"]
        named = [name for name in optional if name == param] or [name for name in optional if name in message]
        if not named or remote.is_too_long(message):
            return False
        log.info("model does not know an option", extra={"model": self.name, "option": named[0]})
        if named[0] == self._limit and self._other_limit not in self._unknown:
            self._unknown.add(self._limit)
            self._limit = self._other_limit
        else:
            self._unknown.add(named[0])
        return True

    @property
    def _other_limit(self) -> str:
        return "max_tokens" if self._limit == "max_completion_tokens" else "max_completion_tokens"

    def _read(self, response: "Stream[ChatCompletionChunk]") -> Iterator[Delta | Finished]:
        reason, usage = "", Usage()
        for chunk in response:
            if chunk.usage:
                usage = Usage(chunk.usage.prompt_tokens, chunk.usage.completion_tokens)
            for choice in (chunk.choices or [])[:1]:
                text = choice.delta.content or choice.delta.refusal
                if text:
                    yield Delta(text)
                reason = choice.finish_reason or reason
        if not reason:
            raise AnswerCutOff(f"{self.name} stopped before its answer was finished.")
        if reason == "content_filter":
            raise ModelRefused(f"The content filter of {self.name} stopped the answer.")
        yield Finished("length" if reason == "length" else "stop", usage)


class OpenAIEmbedding:
    def __init__(self, client: "OpenAI", model: str, dimension: int, *, key: str) -> None:
        self.name = f"openai/{model}"
        self.dimension = dimension
        self._client = client
        self._model = model
        self._callee = Callee(self.name, "OPENAI_API_KEY", key)

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        with translated(self._client, self._callee):
            return [vector for at in range(0, len(texts), _BATCH) for vector in self._embedded(texts[at : at + _BATCH])]

    def _embedded(self, texts: Sequence[str]) -> list[list[float]]:
        # Only this family can shorten its vectors; others refuse to be asked.
        shorten = {"dimensions": self.dimension} if self._model.startswith("text-embedding-3-") else {}
        answer = self._client.embeddings.create(
            model=self._model,
            input=[text or " " for text in texts],  # An empty text is refused.
            encoding_format="float",
            **shorten,  # type: ignore[arg-type]  # A dict of one int, which mypy holds against every argument.
        )
        return [remote.unit(row.embedding) for row in sorted(answer.data, key=lambda row: row.index)]


def is_strict(schema: object) -> bool:
    """True if OpenAI can promise the schema: each object lists all its properties as required and takes no other."""
    if isinstance(schema, Mapping):
        properties = schema.get("properties")
        if schema.get("type") == "object" and (
            schema.get("additionalProperties") is not False or set(properties or ()) != set(schema.get("required", ()))
        ):
            return False
        return all(is_strict(part) for part in schema.values())
    if isinstance(schema, list | tuple):
        return all(is_strict(part) for part in schema)
    return True


def _why(key: str) -> str:
    return "OPENAI_API_KEY is set" if key else "OPENAI_BASE_URL is set"
