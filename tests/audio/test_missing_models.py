"""Missing models: what is told when nobody can hear or speak."""

from uuid import uuid4

import pytest

from tests.audio.speaking import at, hear, refusal
from tests.house_kit import House
from tests.media.sending import MP3, send


@pytest.mark.parametrize(
    ("door", "missing"),
    [
        ("transcriptions", "TRANSCRIPTION"),
        ("audio-messages", "TRANSCRIPTION"),
        ("speech", "TEXT_TO_SPEECH"),
        ("speech/conversation", "TEXT_TO_SPEECH"),
        ("speech/generate", "TEXT_TO_SPEECH"),
        ("audio-messages/synthesize", "TEXT_TO_SPEECH"),
    ],
)
def test_a_missing_model_is_named_with_what_to_set(lasting_house: House, door: str, missing: str) -> None:
    written = {"speech/generate", "audio-messages/synthesize"}
    path = at(lasting_house, door)
    answer = lasting_house.http.post(path, json={"text": "Hi"}) if door in written else hear(lasting_house, door)

    error = answer.json["error"]
    assert refusal(answer) == (501, "MODEL_NOT_CONFIGURED")
    assert error["details"]["modelType"] == missing
    assert missing in error["message"]
    assert "OPENAI_BASE_URL" in error["message"]


@pytest.mark.parametrize(("agent", "status"), [(str(uuid4()), 404), ("nobody", 400)], ids=["unknown", "no id"])
def test_only_agents_that_exist_hear_and_speak(lasting_house: House, agent: str, status: int) -> None:
    for door in ("transcriptions", "audio-messages", "speech", "speech/conversation"):
        assert send(lasting_house, f"/api/audio/{agent}/{door}", MP3).status_code == status
    for door in ("speech/generate", "audio-messages/synthesize", "speech/conversation"):
        assert lasting_house.http.post(f"/api/audio/{agent}/{door}", json={"text": "Hi"}).status_code == status
