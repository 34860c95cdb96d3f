"""Calls: the one way a model is asked, with patience that has an end."""

import logging
import random
import re
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

import gevent

from eliza.clock import Clock, SystemClock
from eliza.llm.errors import AnswerCutOff, ModelError, ModelTimedOut
from eliza.llm.types import (
    Delta,
    EmbeddingModel,
    Finished,
    ImageDescriptionModel,
    Picture,
    Prompt,
    Recording,
    SpeechModel,
    TextModel,
    TranscriptionModel,
    Usage,
)

log = logging.getLogger(__name__)

Stream = Generator[Delta | Finished, None, None]
Pause = Callable[[float], None]
T = TypeVar("T")
Whole = TypeVar("Whole", str, bytes)


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a model may take, in seconds, and how often it is asked."""

    first: float = 60
    """To the first piece of the answer; to all of one that comes whole."""
    idle: float = 30
    """From one piece to the next."""
    total: float = 300
    """For everything, the pauses between attempts included."""
    attempts: int = 3
    pause: float = 20
    """The longest wait a provider may ask for; a longer one ends the call at once."""


@dataclass(frozen=True, slots=True)
class Completion:
    """A whole answer. ``reason`` is ``length`` when it ran into the prompt's ``max_tokens``."""

    text: str
    reason: Literal["stop", "length"]
    usage: Usage


_UNKEEPABLE = re.compile("[\0\ud800-\udfff]")
_REPLACEMENT = "\ufffd"

_LIMITS = Limits()
_WHOLE = Limits(first=120)
"""For answers that come in one piece and take their time."""
_CLOCK = SystemClock()


def stream(
    model: TextModel,
    prompt: Prompt,
    *,
    limits: Limits = _LIMITS,
    pause: Pause = gevent.sleep,
    clock: Clock = _CLOCK,
    jitter: Callable[[], float] = random.random,
) -> Stream:
    """Yield the answer as it comes: one ``Delta`` or more, then ``Finished``; its text can be encoded and stored.

    A transient failure is tried again as long as nothing of the answer has been heard; once it has, whatever
    breaks the answer is an ``AnswerCutOff``. Raises a ``ModelError`` and nothing else. Closing the iterator, or
    killing the greenlet that reads it, stops the generation.
    """
    patience = _Patience(limits, pause, clock, jitter)
    while True:
        answer = _Answer(model, prompt, patience)
        try:
            yield from answer.pieces()
            return
        except ModelError as error:
            if answer.heard:
                raise _cut_off(model.name, error) from error
            patience.wait_or_raise(error)


def complete(
    model: TextModel,
    prompt: Prompt,
    *,
    limits: Limits = _LIMITS,
    pause: Pause = gevent.sleep,
) -> Completion:
    """The same as ``stream``, for a caller who needs the answer whole."""
    pieces: list[str] = []
    for piece in stream(model, prompt, limits=limits, pause=pause):
        if isinstance(piece, Finished):
            return Completion("".join(pieces), piece.reason, piece.usage)
        pieces.append(piece.text)
    raise AssertionError("stream() ends with Finished or raises")


def embed(
    model: EmbeddingModel,
    texts: Sequence[str],
    *,
    limits: Limits = _LIMITS,
    pause: Pause = gevent.sleep,
    clock: Clock = _CLOCK,
    jitter: Callable[[], float] = random.random,
) -> list[list[float]]:
    """One unit vector of ``model.dimension`` numbers a text, in order. Raises a ``ModelError`` and nothing else."""
    if not texts:
        return []
    patience = _Patience(limits, pause, clock, jitter)
    vectors = patience.ask(model.name, lambda: model.embed(texts))
    _require_shape(model, len(texts), vectors)
    return vectors


def describe(
    model: ImageDescriptionModel,
    picture: Picture,
    request: str,
    *,
    limits: Limits = _WHOLE,
    pause: Pause = gevent.sleep,
) -> str:
    """What a picture shows, in words that can be stored. Raises a ``ModelError`` and nothing else."""
    said = _patiently(limits, pause).ask(model.name, lambda: model.describe(picture, request))
    return _required(model.name, _whole_characters(said, is_all=True)[0].strip())


def transcribe(
    model: TranscriptionModel, recording: Recording, *, limits: Limits = _WHOLE, pause: Pause = gevent.sleep
) -> str:
    """What is said in a recording, empty for silence. Raises a ``ModelError`` and nothing else."""
    said = _patiently(limits, pause).ask(model.name, lambda: model.transcribe(recording))
    return _whole_characters(said, is_all=True)[0].strip()


def speak(model: SpeechModel, text: str, *, limits: Limits = _WHOLE, pause: Pause = gevent.sleep) -> bytes:
    """A text as sound. Raises a ``ModelError`` and nothing else."""
    return _required(model.name, _patiently(limits, pause).ask(model.name, lambda: model.speak(text)))


class _Patience:
    """What is left of the limits of one call."""

    def __init__(self, limits: Limits, pause: Pause, clock: Clock, jitter: Callable[[], float]) -> None:
        self.limits = limits
        self._pause = pause
        self._clock = clock
        self._jitter = jitter
        self._deadline = clock.monotonic() + limits.total
        self._attempts = 0

    def in_time(self, name: str, seconds: float, ask: Callable[[], T]) -> T:
        """What ``ask`` returns. Cuts it off, even in a blocked network read, when the time is up."""
        seconds = min(seconds, self._left())
        if seconds <= 0:
            raise _too_late(name, self.limits.total)
        with gevent.Timeout(seconds) as timer:
            try:
                return ask()
            except (ModelError, StopIteration):
                raise
            except gevent.Timeout as late:
                if late is not timer:
                    raise
                raise _too_late(name, seconds) from None
            except Exception as error:
                # The provider broke its promise to raise a ModelError; its callers must not suffer from it.
                log.exception("model failed in an unexpected way", extra={"model": name})
                raise ModelError(f"{name} failed unexpectedly ({type(error).__name__}).") from error

    def ask(self, name: str, question: Callable[[], T]) -> T:
        """What ``question`` returns, asked again while that may help. Each attempt has the time of a first piece."""
        while True:
            try:
                return self.in_time(name, self.limits.first, question)
            except ModelError as error:
                self.wait_or_raise(error)

    def wait_or_raise(self, error: ModelError) -> None:
        """Wait before the next attempt, or raise ``error`` if another one is not due."""
        self._attempts += 1
        seconds = self._pause_after(error)
        if not error.transient or self._attempts >= self.limits.attempts:
            raise error
        if seconds > self.limits.pause or seconds >= self._left():
            raise error
        log.info("model is asked again", extra={"error": error.code, "attempt": self._attempts, "seconds": seconds})
        self._pause(seconds)

    def _pause_after(self, error: ModelError) -> float:
        """What the provider asked for in ``details["retry_after"]``, else half a second, one, two … give or take."""
        wish = error.details.get("retry_after")
        if isinstance(wish, int | float):
            return float(wish)
        return float(2 ** (self._attempts - 2) * (0.5 + self._jitter()))

    def _left(self) -> float:
        return self._deadline - self._clock.monotonic()


class _Answer:
    """One attempt at an answer. ``heard`` tells whether any of it has been passed on."""

    def __init__(self, model: TextModel, prompt: Prompt, patience: _Patience) -> None:
        self._model = model
        self._prompt = prompt
        self._patience = patience
        self._begun = ""
        self._blank = ""
        self.heard = False

    def pieces(self) -> Stream:
        source = self._source()
        try:
            while not isinstance(piece := self._next(source), Finished):
                yield from self._ready(piece.text)
            yield from self._ready("", is_all=True)
            self._require_text(piece)
            yield piece
        finally:
            self._close(source)

    def _ready(self, text: str, *, is_all: bool = False) -> Iterator[Delta]:
        """What can be passed on by now. White space alone is not yet an answer: it waits for the first word."""
        whole, self._begun = _whole_characters(self._begun + text, is_all=is_all)
        self._blank += whole
        if self.heard or self._blank.strip():
            self.heard = True
            text, self._blank = self._blank, ""
            if text:
                yield Delta(text)

    def _source(self) -> Stream:
        """The model's iterator, begun at the first step, so that its beginning is timed too, and surely closed."""
        source = self._model.stream(self._prompt)
        try:
            yield from source
        finally:
            close = getattr(source, "close", None)
            if close is not None:
                close()

    def _next(self, source: Stream) -> Delta | Finished:
        limits = self._patience.limits
        try:
            return self._patience.in_time(
                self._model.name, limits.idle if self.heard else limits.first, lambda: next(source)
            )
        except StopIteration:
            raise AnswerCutOff(f"{self._model.name} stopped before its answer was finished.") from None

    def _close(self, source: Stream) -> None:
        try:
            source.close()
        except Exception:
            log.exception("model's stream did not close", extra={"model": self._model.name})

    def _require_text(self, end: Finished) -> None:
        if self.heard:
            return
        if end.reason == "length":
            spent = f"{self._model.name} used up its {self._prompt.max_tokens} tokens before it wrote a word."
            raise ModelError(spent)
        raise ModelError(f"{self._model.name} gave an empty answer.")


def _whole_characters(text: str, *, is_all: bool) -> tuple[str, str]:
    """``text`` without what nothing can encode or store, and the half of a character that its next piece may complete.

    Some providers cut between the two surrogates that JSON writes for one character.
    """
    if not _UNKEEPABLE.search(text):
        return text, ""
    kept = text if is_all or not "\ud800" <= text[-1] <= "\udbff" else text[:-1]
    joined = kept.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return joined.replace("\0", _REPLACEMENT), text[len(kept) :]


def _cut_off(name: str, error: ModelError) -> AnswerCutOff:
    if isinstance(error, AnswerCutOff):
        return error
    return AnswerCutOff(f"The answer of {name} broke off: {error.message}", details=error.details)


def _too_late(name: str, seconds: float) -> ModelTimedOut:
    return ModelTimedOut(f"{name} did not answer within {round(seconds, 2):g} seconds.")


def _patiently(limits: Limits, pause: Pause) -> _Patience:
    return _Patience(limits, pause, _CLOCK, random.random)


def _required(name: str, answer: Whole) -> Whole:
    if not answer:
        raise ModelError(f"{name} gave an empty answer.")
    return answer


def _require_shape(model: EmbeddingModel, count: int, vectors: Sequence[Sequence[float]]) -> None:
    if len(vectors) != count:
        raise ModelError(f"{model.name} gave {len(vectors)} vectors for {count} texts.")
    for vector in vectors:
        if len(vector) != model.dimension:
            raise ModelError(f"{model.name} gave a vector of {len(vector)} numbers; {model.dimension} were expected.")
