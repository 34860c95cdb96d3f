"""Types: the vocabulary every language-model provider speaks. One page, no behaviour."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable


class ModelType(StrEnum):
    """What a model can be asked for, under elizaOS's names."""

    TEXT_SMALL = "TEXT_SMALL"
    TEXT_LARGE = "TEXT_LARGE"
    TEXT_EMBEDDING = "TEXT_EMBEDDING"
    IMAGE_DESCRIPTION = "IMAGE_DESCRIPTION"
    TRANSCRIPTION = "TRANSCRIPTION"
    TEXT_TO_SPEECH = "TEXT_TO_SPEECH"


class Manner(StrEnum):
    """How a text model wants to be spoken to."""

    PLAN = "plan"
    """Capable: is given the long prompt and answers with a structured plan."""
    CHAT = "chat"
    """Small: is given a short persona and the last lines, and answers with plain text."""


Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the conversation put before a model."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """All a text model is told for one answer. ``schema`` is a JSON schema the answer must satisfy."""

    lines: tuple[Line, ...]
    max_tokens: int = 1024
    temperature: float | None = None
    stop: tuple[str, ...] = ()
    schema: Mapping[str, object] | None = None

    @property
    def about_tokens(self) -> int:
        """How many tokens it comes to, as near as can be told without the model."""
        return sum(round(about_tokens(line.text)) for line in self.lines)


@dataclass(frozen=True, slots=True)
class Usage:
    prompt_tokens: int = 0
    completion_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Delta:
    """The next piece of an answer. Never empty."""

    text: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The last thing a stream yields; a stream that ends without it was cut off."""

    reason: Literal["stop", "length"]
    usage: Usage


class TextModel(Protocol):
    @property
    def name(self) -> str:
        """Provider and model, as turns record it and people read it: ``openai/gpt-5-mini``."""
        ...

    @property
    def manner(self) -> Manner: ...

    def stream(self, prompt: Prompt) -> Iterator[Delta | Finished]:
        """Yield the answer as it comes. Closing the iterator stops the generation.

        Never blocks the event loop. Raises a ``ModelError`` and nothing else.
        """
        ...


class EmbeddingModel(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def dimension(self) -> int:
        """How many numbers a vector has; fixed for the life of the model."""
        ...

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One unit vector a text, in order. Never blocks the event loop; raises a ``ModelError``."""
        ...


@dataclass(frozen=True, slots=True)
class Picture:
    """An image as it was sent, in a format every browser shows."""

    content: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class Recording:
    """A sound on the disk. Some servers go by ``content_type``, some by the ending of ``name``: both say the same."""

    path: Path
    name: str
    content_type: str


class ImageDescriptionModel(Protocol):
    @property
    def name(self) -> str: ...

    def describe(self, picture: Picture, request: str) -> str:
        """What the picture shows, as far as ``request`` asks. Never blocks the event loop; raises a ``ModelError``."""
        ...


class TranscriptionModel(Protocol):
    @property
    def name(self) -> str: ...

    def transcribe(self, recording: Recording) -> str:
        """What is said in it; nothing said is an empty text. Never blocks the event loop; raises a ``ModelError``."""
        ...


class SpeechModel(Protocol):
    @property
    def name(self) -> str: ...

    def speak(self, text: str) -> bytes:
        """The text, however long, as MP3 or WAV. Never blocks the event loop; raises a ``ModelError``."""
        ...


Model = TextModel | EmbeddingModel | ImageDescriptionModel | TranscriptionModel | SpeechModel


@dataclass(frozen=True, slots=True)
class Offer:
    """A provider's word that it can serve a model type now. The highest ``priority`` wins.

    ``why`` completes the sentence "chosen because …" for the table printed at start.
    """

    model_type: ModelType
    model: Model
    priority: int
    why: str


@dataclass(frozen=True, slots=True)
class Absence:
    """A provider's word that it could serve but cannot, and ``why``, for the log and the page."""

    provider: str
    why: str


@runtime_checkable
class Closable(Protocol):
    """A provider that holds something to let go of when the server stops."""

    def close(self) -> None: ...


class Provider(Protocol):
    """A source of models. ``offers`` is asked once, at start, before the port opens.

    ``env`` holds the settings as given (``OPENAI_API_KEY`` …). A provider that nobody configured
    yields nothing; one that was configured and cannot work yields an ``Absence``.
    """

    @property
    def name(self) -> str: ...

    def offers(self, env: Mapping[str, str]) -> Iterator[Offer | Absence]: ...


def about_tokens(text: str) -> float:
    """A third more than words, and more for scripts of many bytes."""
    return max(len(text.split()) * 4 / 3, len(text.encode(errors="replace")) / 4)
