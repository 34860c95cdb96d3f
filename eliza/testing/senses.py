"""Senses: scripted models that look, hear and speak, for tests of agents that get and send more than text.

    house = House(tmp_path, providers=[ScriptedProvider(model), ScriptedSenses(ears=ScriptedTranscription("Hello"))])

What is not given is not on offer, as in an installation without such a model.
"""

from collections.abc import Iterator, Mapping

from eliza.llm.registry import Priority
from eliza.llm.types import Absence, Model, ModelType, Offer, Picture, Recording

SILENCE = b"ID3\x04\x00\x00\x00\x00\x00\x00" + b"\xff\xfb\x90\x00" + bytes(413)
"""A very short MP3."""


class ScriptedImageDescription:
    """Sees ``description`` in every picture. ``pictures`` holds what it was shown, oldest first."""

    def __init__(self, description: str | Exception, *, name: str = "scripted/eyes") -> None:
        self.name = name
        self.pictures: list[Picture] = []
        self.description = description

    def describe(self, picture: Picture, request: str) -> str:
        self.pictures.append(picture)
        return _said(self.description)


class ScriptedTranscription:
    """Hears ``text`` in every recording. ``heard`` holds the bytes of what it was given, ``types`` their types."""

    def __init__(self, text: str | Exception, *, name: str = "scripted/ears") -> None:
        self.name = name
        self.heard: list[bytes] = []
        self.types: list[str] = []
        self.text = text

    def transcribe(self, recording: Recording) -> str:
        self.heard.append(recording.path.read_bytes())
        self.types.append(recording.content_type)
        return _said(self.text)


class ScriptedSpeech:
    """Makes the same sound of every text. ``spoken`` holds the texts, oldest first."""

    def __init__(self, sound: bytes | Exception = SILENCE, *, name: str = "scripted/voice") -> None:
        self.name = name
        self.spoken: list[str] = []
        self._sound = sound

    def speak(self, text: str) -> bytes:
        self.spoken.append(text)
        if isinstance(self._sound, Exception):
            raise self._sound
        return self._sound


class ScriptedSenses:
    """Offers the senses it is given, before any other provider."""

    name = "senses"

    def __init__(
        self,
        *,
        eyes: ScriptedImageDescription | None = None,
        ears: ScriptedTranscription | None = None,
        voice: ScriptedSpeech | None = None,
    ) -> None:
        self._models: dict[ModelType, Model | None] = {
            ModelType.IMAGE_DESCRIPTION: eyes,
            ModelType.TRANSCRIPTION: ears,
            ModelType.TEXT_TO_SPEECH: voice,
        }

    def offers(self, env: Mapping[str, str]) -> Iterator[Offer | Absence]:
        for model_type, model in self._models.items():
            if model is not None:
                yield Offer(model_type, model, Priority.SCRIPTED, "a test has written its script")


def _said(text: str | Exception) -> str:
    if isinstance(text, Exception):
        raise text
    return text
