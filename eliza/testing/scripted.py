"""Scripted: a language model that says what a test told it to say.

    model = ScriptedModel("Hello, Ada.")
    models = Models()
    models.ask(ScriptedProvider(model), env={})

It enters by the same door as every other provider and nothing is patched.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Protocol

from eliza.llm.registry import Priority
from eliza.llm.types import Absence, Delta, Finished, Manner, ModelType, Offer, Prompt, Usage

Saying = str | Exception | Iterable[str | Exception] | Callable[[Prompt], str]
"""One answer of a script: a text, a failure, a text in pieces, or a function that makes the text from the prompt.

Pieces are taken one by one as they are read, so a generator may wait between them, and an exception among them
breaks the answer off at that place.
"""


class Gate(Protocol):
    """Anything to wait for: ``gevent.event.Event``, or ``threading.Event`` where gevent has patched it."""

    def wait(self) -> object: ...


class ScriptedModel:
    """A text model with a queue to fill and a history to read.

    Answers come from the queue in order; when it is empty the model says ``otherwise``. ``prompts`` holds every
    prompt it was given, oldest first; ``stopped`` counts the answers that nobody waited for to the end. While
    ``gate`` is set to an event that has not happened, the model "thinks": it has the prompt and says nothing yet.
    """

    def __init__(
        self,
        *sayings: Saying,
        otherwise: Saying = "All right.",
        manner: Manner = Manner.CHAT,
        name: str = "scripted/model",
        gate: Gate | None = None,
    ) -> None:
        self.name = name
        self.manner = manner
        self.gate = gate
        self.prompts: list[Prompt] = []
        self.stopped = 0
        self._queue = list(sayings)
        self._otherwise = otherwise

    def will_say(self, *sayings: Saying) -> "ScriptedModel":
        """Add to the end of the queue; returns the model, so that it can stand where it is made."""
        self._queue.extend(sayings)
        return self

    @property
    def is_out_of_words(self) -> bool:
        """True when everything in the queue has been said."""
        return not self._queue

    def stream(self, prompt: Prompt) -> Iterator[Delta | Finished]:
        self.prompts.append(prompt)
        saying = self._queue.pop(0) if self._queue else self._otherwise
        return self._said(prompt, saying)

    def _said(self, prompt: Prompt, saying: Saying) -> Iterator[Delta | Finished]:
        words = 0
        try:
            if self.gate is not None:
                self.gate.wait()
            for piece in _pieces(prompt, saying):
                words += len(piece.split())
                yield Delta(piece)
        except Exception:
            raise
        except BaseException:
            # Whatever is no Exception comes from outside: the iterator was closed or its greenlet killed.
            self.stopped += 1
            raise
        yield Finished("stop", Usage(prompt_tokens=_words(prompt), completion_tokens=words))


class ScriptedProvider:
    """Offers a scripted model for all text, before any other provider."""

    name = "scripted"

    def __init__(self, model: ScriptedModel, *, small: ScriptedModel | None = None) -> None:
        self._large = model
        self._small = small or model

    def offers(self, env: Mapping[str, str]) -> Iterator[Offer | Absence]:
        why = "a test has written its script"
        yield Offer(ModelType.TEXT_SMALL, self._small, Priority.SCRIPTED, why)
        yield Offer(ModelType.TEXT_LARGE, self._large, Priority.SCRIPTED, why)


def _pieces(prompt: Prompt, saying: Saying) -> Iterator[str]:
    if callable(saying):
        saying = saying(prompt)
    pieces = [saying] if isinstance(saying, str | Exception) else saying
    for piece in pieces:
        if isinstance(piece, Exception):
            raise piece
        if piece:
            yield piece


def _words(prompt: Prompt) -> int:
    """Words instead of tokens: easy to foresee in a test."""
    return sum(len(line.text.split()) for line in prompt.lines)
