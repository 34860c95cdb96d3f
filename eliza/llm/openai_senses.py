"""OpenAI's senses: models that look at pictures, hear recordings and speak."""

import base64
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

from eliza.llm.errors import ModelError, ModelRefused
from eliza.llm.openai_client import translated
from eliza.llm.registry import Priority
from eliza.llm.remote import Callee, setting
from eliza.llm.types import Model, ModelType, Offer, Picture, Recording

if TYPE_CHECKING:
    from openai import OpenAI

_LOOKING = "gpt-5.4-mini"
_HEARING = "gpt-4o-mini-transcribe"
_SPEAKING = "gpt-4o-mini-tts"
_VOICE = "alloy"
_LONGEST_SPEECH = 4000
"""Characters in one request for speech; OpenAI takes 4096."""
_NO_SOUND = ("text/", "application/json")
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|\n+")


def offers(env: Mapping[str, str], client: "OpenAI", key: str, *, at_openai: bool, why: str) -> Iterator[Offer]:
    """A model for each sense: at OpenAI all, at another address those that a setting names."""

    def chosen(name: str, default: str) -> str:
        return setting(env, name) or (default if at_openai else "")

    def offered(model_type: ModelType, model: Model) -> Offer:
        return Offer(model_type, model, Priority.OPENAI, why)

    if looking := chosen("OPENAI_IMAGE_DESCRIPTION_MODEL", _LOOKING):
        yield offered(ModelType.IMAGE_DESCRIPTION, OpenAIImageDescription(client, looking, key=key))
    if hearing := chosen("OPENAI_TRANSCRIPTION_MODEL", _HEARING):
        yield offered(ModelType.TRANSCRIPTION, OpenAITranscription(client, hearing, key=key))
    if speaking := chosen("OPENAI_TTS_MODEL", _SPEAKING):
        voice = setting(env, "OPENAI_TTS_VOICE") or _VOICE
        yield offered(ModelType.TEXT_TO_SPEECH, OpenAISpeech(client, speaking, voice, key=key))


class OpenAIImageDescription:
    def __init__(self, client: "OpenAI", model: str, *, key: str) -> None:
        self.name = f"openai/{model}"
        self._client = client
        self._model = model
        self._callee = Callee(self.name, "OPENAI_API_KEY", key)

    def describe(self, picture: Picture, request: str) -> str:
        # No option is named: every server that can look at pictures takes this much.
        message = {"role": "user", "content": [{"type": "text", "text": request}, _shown(picture)]}
        with translated(self._client, self._callee):
            # The SDK has a type for each kind of content; the two in use are known here.
            answer = self._client.chat.completions.create(model=self._model, messages=cast(Any, [message]))
        said = answer.choices[0].message if answer.choices else None
        if said is not None and said.refusal:
            raise ModelRefused(f"{self.name} did not want to describe the picture.")
        return (said.content if said else None) or ""


class OpenAITranscription:
    def __init__(self, client: "OpenAI", model: str, *, key: str) -> None:
        self.name = f"openai/{model}"
        self._client = client
        self._model = model
        self._callee = Callee(self.name, "OPENAI_API_KEY", key)

    def transcribe(self, recording: Recording) -> str:
        with recording.path.open("rb") as sound, translated(self._client, self._callee):
            answer = self._client.audio.transcriptions.create(
                model=self._model,
                file=(recording.name, sound, recording.content_type),
                response_format="json",
            )
        return answer.text


class OpenAISpeech:
    def __init__(self, client: "OpenAI", model: str, voice: str, *, key: str) -> None:
        self.name = f"openai/{model}"
        self._client = client
        self._model = model
        self._voice = voice
        self._callee = Callee(self.name, "OPENAI_API_KEY", key)

    def speak(self, text: str) -> bytes:
        # MP3 is a row of frames, so that one piece after the other is again an MP3.
        return b"".join(self._spoken(part) for part in in_parts(text, _LONGEST_SPEECH))

    def _spoken(self, text: str) -> bytes:
        with translated(self._client, self._callee):
            answer = self._client.audio.speech.create(
                model=self._model, voice=self._voice, input=text, response_format="mp3"
            )
        kind = answer.response.headers.get("Content-Type", "")
        if kind.startswith(_NO_SOUND):
            raise ModelError(f"{self.name} answered with {kind}, which is no sound.")
        return answer.content


def in_parts(text: str, longest: int) -> list[str]:
    """The text in parts of at most ``longest`` characters, cut after sentences where there are any."""
    parts = [""]
    for sentence in _SENTENCE_END.split(text):
        for at in range(0, len(sentence), longest):
            piece = sentence[at : at + longest]
            if len(parts[-1]) + len(piece) >= longest:
                parts.append("")
            parts[-1] = f"{parts[-1]} {piece}".strip()
    return [part for part in parts if part]


def _shown(picture: Picture) -> dict[str, object]:
    encoded = base64.b64encode(picture.content).decode()
    return {"type": "image_url", "image_url": {"url": f"data:{picture.content_type};base64,{encoded}"}}
