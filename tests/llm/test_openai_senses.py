"""OpenAI's senses: what is sent to look, hear and speak, and what is made of the answers."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from eliza.llm import calls
from eliza.llm.errors import ModelError, ModelRefused, NoModel
from eliza.llm.openai import OpenAIProvider
from eliza.llm.openai_senses import in_parts
from eliza.llm.registry import Models
from eliza.llm.types import ModelType, Picture, Recording
from tests.llm.served import KEY, Answer, Served, refusal

PICTURE = Picture(b"\x89PNG\r\n", "image/png")


def models(server: Served, **env: str) -> Models:
    given = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": f"{server.url}/v1", **env}
    found = Models()
    found.ask(OpenAIProvider(), given)
    return found


def spoken(content: object, **message: object) -> Answer:
    said = {"role": "assistant", "content": content, **message}
    return as_json({"id": "1", "object": "chat.completion", "choices": [{"index": 0, "message": said}]})


def as_json(body: Mapping[str, Any]) -> Answer:
    return Answer([json.dumps(body).encode()])


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    path = tmp_path / "b7.part"
    path.write_bytes(b"\x1a\x45\xdf\xa3 hello")
    return Recording(path, "recording.webm", "audio/webm")


def test_a_picture_is_sent_along_with_the_request(server: Served) -> None:
    server.will(spoken(" A cat.\n"))
    eyes = models(server, OPENAI_IMAGE_DESCRIPTION_MODEL="eyes").image_description()

    assert calls.describe(eyes, PICTURE, "What is this?") == "A cat."

    [asked] = server.asked
    url = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0K"}}
    content = [{"type": "text", "text": "What is this?"}, url]
    assert (asked.path, asked.body) == (
        "/v1/chat/completions",
        {"model": "eyes", "messages": [{"role": "user", "content": content}]},
    )


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (spoken(None, refusal="I would rather not."), ModelRefused),
        (spoken(None), ModelError),
        (as_json({"choices": []}), ModelError),
        (refusal("401 Unauthorized", {"error": {"message": f"bad key {KEY}"}}), ModelRefused),
    ],
    ids=["refused", "nothing said", "no choice", "bad key"],
)
def test_a_picture_that_is_not_described_is_a_model_error(
    server: Served, answer: Answer, failure: type[ModelError]
) -> None:
    server.will(answer)
    eyes = models(server, OPENAI_IMAGE_DESCRIPTION_MODEL="eyes").image_description()

    with pytest.raises(failure) as raised:
        calls.describe(eyes, PICTURE, "What is this?")

    assert KEY not in raised.value.message


def test_a_recording_is_sent_as_a_file_of_its_kind(server: Served, recording: Recording) -> None:
    server.will(as_json({"text": " Hello there. "}))
    ears = models(server, OPENAI_TRANSCRIPTION_MODEL="whisper-1").transcription()

    assert calls.transcribe(ears, recording) == "Hello there."

    [asked] = server.asked
    form = asked.form
    assert (asked.path, form["model"], form["response_format"]) == ("/v1/audio/transcriptions", "whisper-1", "json")
    assert form["file"] == ("recording.webm", "audio/webm", b"\x1a\x45\xdf\xa3 hello")


def test_a_busy_server_is_asked_again_with_the_whole_recording(server: Served, recording: Recording) -> None:
    server.will(refusal("503 Service Unavailable", {"error": {"message": "busy"}}), as_json({"text": "Hello"}))
    ears = models(server, OPENAI_TRANSCRIPTION_MODEL="whisper-1").transcription()

    assert calls.transcribe(ears, recording, pause=lambda seconds: None) == "Hello"

    assert [asked.form["file"][2] for asked in server.asked] == [b"\x1a\x45\xdf\xa3 hello"] * 2


def test_speech_is_made_with_the_voice_that_is_set(server: Served) -> None:
    server.will(Answer([b"ID3", b" sound"], headers={"Content-Type": "audio/mpeg"}))
    voice = models(server, OPENAI_TTS_MODEL="tts-1", OPENAI_TTS_VOICE="nova").speech()

    assert calls.speak(voice, "Hello.") == b"ID3 sound"

    [asked] = server.asked
    assert (asked.path, asked.body) == (
        "/v1/audio/speech",
        {"model": "tts-1", "voice": "nova", "input": "Hello.", "response_format": "mp3"},
    )


@pytest.mark.parametrize("kind", ["text/html; charset=utf-8", "application/json"])
def test_what_is_no_sound_is_not_played(server: Served, kind: str) -> None:
    server.will(Answer([b"<html>"], headers={"Content-Type": kind}))
    voice = models(server, OPENAI_TTS_MODEL="tts-1").speech()

    with pytest.raises(ModelError, match=f"openai/tts-1 answered with {kind}, which is no sound"):
        calls.speak(voice, "Hello.")


def test_a_long_text_is_spoken_in_parts(server: Served) -> None:
    sound = {"Content-Type": "audio/mpeg"}
    server.will(Answer([b"one "], headers=sound), Answer([b"two"], headers=sound))
    voice = models(server, OPENAI_TTS_MODEL="tts-1").speech()

    assert calls.speak(voice, "One sentence. " * 400) == b"one two"

    assert [len(asked.body["input"]) <= 4000 for asked in server.asked] == [True, True]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", []),
        ("Short.", ["Short."]),
        ("One. Two. Three.", ["One. Two.", "Three."]),
        ("abcdefghijklmnop", ["abcdefghij", "klmnop"]),
        ("Hi!\n\nabcdefghijkl", ["Hi!", "abcdefghij", "kl"]),
    ],
    ids=["nothing", "one part", "between sentences", "no sentence", "after a short one"],
)
def test_parts_end_where_sentences_do(text: str, parts: list[str]) -> None:
    assert in_parts(text, 10) == parts


def test_openai_itself_has_a_model_for_each_sense() -> None:
    found = Models()
    found.ask(OpenAIProvider(), {"OPENAI_API_KEY": KEY})

    senses = [row.name for row in found.table() if not row.model_type.startswith("TEXT_") or "SPEECH" in row.model_type]
    assert senses == ["openai/gpt-5.4-mini", "openai/gpt-4o-mini-transcribe", "openai/gpt-4o-mini-tts"]


def test_a_missing_sense_says_what_to_set(server: Served) -> None:
    found = models(server, OPENAI_LARGE_MODEL="llama")

    with pytest.raises(NoModel) as raised:
        found.speech()

    failure = raised.value
    assert (failure.status, failure.code, failure.details["modelType"]) == (
        501,
        "MODEL_NOT_CONFIGURED",
        ModelType.TEXT_TO_SPEECH,
    )
    assert "TEXT_TO_SPEECH" in failure.message
    assert "OPENAI_TTS_MODEL" in failure.message
