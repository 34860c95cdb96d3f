"""Models: a loaded engine as the text model and the embedding model that the rest of Eliza knows."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from functools import partial

from eliza.llm.embedded.engine import Engine, Piece
from eliza.llm.embedded.lane import Lane
from eliza.llm.embedded.template import LEAKED_ROLES, turns, without_control_words
from eliza.llm.errors import AnswerCutOff, ModelError, ModelUnreachable, PromptTooLong
from eliza.llm.types import Delta, Finished, Manner, Prompt, Usage

_TEMPERATURE = 0.4
# Without it a small model at a low temperature says the same sentence again and again.
_REPEAT_PENALTY = 1.1
_REPEAT_WINDOW = 128

_LONGEST_TEXT = 1000
_TEXTS_AT_ONCE = 16


class EmbeddedChat:
    """A text model. As many answers as the engine has slots are written at once; further ones wait their turn."""

    def __init__(self, engine: Engine, manner: Manner, slots: int) -> None:
        self._engine = engine
        self._manner = manner
        self._lane = Lane(slots)

    @property
    def name(self) -> str:
        return f"embedded/{self._engine.name}"

    @property
    def manner(self) -> Manner:
        return self._manner

    def stream(self, prompt: Prompt) -> Generator[Delta | Finished, None, None]:
        with closing(self._lane.stream(partial(self._engine.chat, self._request(prompt)))) as pieces:
            yield from self._answer(pieces)

    def _request(self, prompt: Prompt) -> dict[str, object]:
        request: dict[str, object] = {
            "messages": turns(prompt.lines),
            "max_tokens": max(1, prompt.max_tokens),
            "temperature": _TEMPERATURE if prompt.temperature is None else prompt.temperature,
            "stop": list(prompt.stop),
            "stream": True,
            "stream_options": {"include_usage": True},
            # Progress on the prompt is of no interest, but each report is a chance to stop.
            "return_progress": True,
        }
        if prompt.schema is not None:
            form = {"name": "answer", "schema": dict(prompt.schema)}
            return {**request, "response_format": {"type": "json_schema", "json_schema": form}}
        if self._manner is Manner.CHAT:
            stop = [*prompt.stop, *LEAKED_ROLES]
            penalty = {"repeat_penalty": _REPEAT_PENALTY, "repeat_last_n": _REPEAT_WINDOW}
            return {**request, **penalty, "stop": stop}
        return request

    def _answer(self, pieces: Iterator[Piece]) -> Iterator[Delta | Finished]:
        reason, usage, begun = None, Usage(), False
        try:
            for piece in pieces:
                reason, usage = piece.reason or reason, piece.usage or usage
                if piece.text:
                    begun = True
                    yield Delta(piece.text)
        except ModelError as error:
            if begun:
                raise AnswerCutOff(f"{self.name} broke off: {error.message}") from error
            raise
        if reason is None:
            raise AnswerCutOff(f"{self.name} broke off.") if begun else ModelUnreachable(f"{self.name} gave no answer.")
        yield Finished(reason, usage)


class EmbeddedVectors:
    """An embedding model. It reads the first 1,000 characters of a text, a little less than it was trained to."""

    def __init__(self, engine: Engine) -> None:
        """Raises a ``ModelError`` if the engine cannot embed."""
        self._engine = engine
        self._lane = Lane(1)
        self._dimension = len(engine.embed(["one"])[0])

    @property
    def name(self) -> str:
        return f"embedded/{self._engine.name}"

    @property
    def dimension(self) -> int:
        return self._dimension

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        vectors: list[list[float]] = []
        for start in range(0, len(texts), _TEXTS_AT_ONCE):
            vectors += self._lane.call(partial(self._some, texts[start : start + _TEXTS_AT_ONCE]))
        return vectors

    def _some(self, texts: Sequence[str]) -> list[list[float]]:
        readable = [without_control_words(text)[:_LONGEST_TEXT] or " " for text in texts]
        try:
            return self._engine.embed(readable)
        except PromptTooLong:
            return [self._one(text) for text in readable]

    def _one(self, text: str) -> list[float]:
        """Scripts without spaces can have several tokens a character; half the text always fits sooner or later."""
        try:
            return self._engine.embed([text])[0]
        except PromptTooLong:
            return self._one(text[: len(text) // 2])
