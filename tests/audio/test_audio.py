"""Audio: hearing what people say, speaking what agents answer, and what is told when no model can."""

from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from eliza.ids import to_uuid
from eliza.llm.errors import ModelRefused
from eliza.testing.scripted import ScriptedModel, ScriptedProvider
from eliza.testing.senses import SILENCE, ScriptedSenses, ScriptedSpeech, ScriptedTranscription
from tests.house_kit import Answer, House, Json, Room
from tests.media.sending import MP3, png, send

ADA = str(to_uuid("Ada"))
WEBM = b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm" + bytes(20)


class Talkative(House):
    """A house whose agents hear "Hello, Eliza." in every recording and can speak."""

    def __init__(self, data_dir: Path) -> None:
        self.ears = ScriptedTranscription("Hello, Eliza.")
        self.voice = ScriptedSpeech()
        model = ScriptedModel("Hello, Ada.")
        senses = ScriptedSenses(ears=self.ears, voice=self.voice)
        super().__init__(data_dir, model=model, providers=[ScriptedProvider(model), senses])


@pytest.fixture
def talkative(data_dir: Path) -> Iterator[Talkative]:
    opened = Talkative(data_dir)
    yield opened
    opened.close()


def at(house: House, door: str) -> str:
    return f"/api/audio/{house.eliza}/{door}"


def hear(house: House, door: str, content: bytes = MP3, **more: Any) -> Answer:
    return send(house, at(house, door), content, "recording.mp3", **more)


def data(answer: Answer, status: int = 200) -> Json:
    assert answer.status_code == status, answer.text
    assert answer.json["success"] is True
    found: Json = answer.json["data"]
    return found


def refusal(answer: Answer) -> tuple[int, str]:
    return answer.status_code, answer.json["error"]["code"]


def with_ada(house: House) -> Room:
    return house.private("Ada", house.eliza)


def test_a_recording_is_written_down(talkative: Talkative) -> None:
    answer = hear(talkative, "transcriptions", WEBM, declared="audio/wav", language="en")

    assert data(answer) == {"text": "Hello, Eliza."}
    assert (talkative.ears.heard, talkative.ears.types) == ([WEBM], ["audio/webm"])
    assert [path for path in talkative.server.settings.agent_uploads_dir.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("door", ["transcriptions", "audio-messages", "speech", "speech/conversation"])
def test_what_is_no_recording_is_refused(talkative: Talkative, door: str) -> None:
    answer = hear(talkative, door, png())

    assert refusal(answer) == (400, "INVALID_FILE_TYPE")
    assert "image/png" in answer.json["error"]["message"]
    assert "audio/mpeg" in answer.json["error"]["details"]["allowed"]


def test_a_recording_that_is_too_long_is_refused(talkative: Talkative) -> None:
    assert refusal(hear(talkative, "transcriptions", MP3 + bytes(50 << 20))) == (413, "FILE_TOO_LARGE")


def test_a_form_without_a_recording_is_refused(talkative: Talkative) -> None:
    answer = talkative.http.post(
        at(talkative, "transcriptions"), data={"format": "mp3"}, content_type="multipart/form-data"
    )

    assert refusal(answer) == (400, "INVALID_REQUEST")


def test_an_audio_message_of_somebody_is_posted_to_the_agent(talkative: Talkative) -> None:
    answer = data(hear(talkative, "audio-messages", headers={"X-Entity-Id": ADA}))

    room = with_ada(talkative)
    assert (answer["transcription"], answer["channelId"]) == ("Hello, Eliza.", str(room.id))
    room.reads("Hello, Eliza.", "Hello, Ada.")


def test_an_audio_message_of_nobody_is_only_written_down(talkative: Talkative) -> None:
    answer = data(hear(talkative, "audio-messages"))

    assert answer["transcription"] == "Hello, Eliza."
    assert "messageId" not in answer


@pytest.mark.parametrize("door", ["speech/generate", "audio-messages/synthesize"])
def test_a_text_is_spoken(talkative: Talkative, door: str) -> None:
    answer = talkative.http.post(at(talkative, door), json={"text": " Good morning. "})

    assert (answer.status_code, answer.data, answer.headers["Content-Type"]) == (200, SILENCE, "audio/mpeg")
    assert answer.headers["Content-Length"] == str(len(SILENCE))
    assert talkative.voice.spoken == ["Good morning."]


def test_a_sound_is_called_what_it_is(data_dir: Path) -> None:
    wav = b"RIFF\x24\0\0\0WAVEfmt " + bytes(24)
    house = House(data_dir, providers=[ScriptedSenses(voice=ScriptedSpeech(wav))])

    answer = house.http.post(at(house, "speech/generate"), json={"text": "Hi"})

    assert (answer.headers["Content-Type"], answer.data) == ("audio/wav", wav)
    house.close()


@pytest.mark.parametrize(
    ("door", "body", "named"),
    [
        ("speech/generate", {}, "text"),
        ("speech/generate", {"text": "  "}, "text"),
        ("speech/generate", {"text": 7}, "text"),
        ("audio-messages/synthesize", {}, "messageId"),
        ("audio-messages/synthesize", {"text": "a", "messageId": str(uuid4())}, "messageId"),
        ("audio-messages/synthesize", {"messageId": "x"}, "messageId"),
        ("speech/conversation", {"entityId": ADA}, "text"),
        ("speech/conversation", {"text": "Hi", "entityId": "Ada"}, "entityId"),
    ],
)
def test_what_does_not_fit_is_named(talkative: Talkative, door: str, body: Json, named: str) -> None:
    answer = talkative.http.post(at(talkative, door), json=body)

    assert refusal(answer) == (400, "INVALID_REQUEST")
    assert named in answer.json["error"]["message"]


def test_a_message_is_read_out(talkative: Talkative) -> None:
    message = with_ada(talkative).says("Ada", "Read this to me.")

    answer = data(
        talkative.http.post(at(talkative, "audio-messages/synthesize"), json={"messageId": message["id"]}), 201
    )

    assert b64decode(answer.pop("audio")) == SILENCE
    assert answer == {"text": "Read this to me.", "format": "mpeg", "contentType": "audio/mpeg"}


def test_a_message_of_others_is_not_read_out(talkative: Talkative) -> None:
    message = talkative.room("Ada", "Bob").says("Ada", "Between us.")

    for message_id in (message["id"], str(uuid4())):
        answer = talkative.http.post(at(talkative, "audio-messages/synthesize"), json={"messageId": message_id})
        assert answer.status_code == 404


@pytest.mark.parametrize("door", ["speech", "speech/conversation"])
def test_who_speaks_to_an_agent_hears_its_answer(talkative: Talkative, door: str) -> None:
    answer = data(hear(talkative, door, headers={"X-Entity-Id": ADA}), 201)

    room = with_ada(talkative)
    assert b64decode(answer["audio"]) == SILENCE
    assert (answer["transcription"], answer["text"], answer["channelId"]) == (
        "Hello, Eliza.",
        "Hello, Ada.",
        str(room.id),
    )
    assert room.history() == ["Hello, Eliza.", "Hello, Ada."]
    assert talkative.voice.spoken == ["Hello, Ada."]


def test_who_writes_to_an_agent_may_hear_its_answer(talkative: Talkative) -> None:
    body = {"text": "Hello, Eliza.", "entityId": ADA, "userName": "Ada"}

    answer = talkative.http.post(at(talkative, "speech/conversation"), json=body)

    assert (answer.status_code, answer.data, answer.headers["Content-Type"]) == (200, SILENCE, "audio/mpeg")
    assert with_ada(talkative).history() == ["Hello, Eliza.", "Hello, Ada."]


def test_the_one_who_speaks_may_be_named_in_the_form(talkative: Talkative) -> None:
    data(hear(talkative, "speech", metadata=f'{{"entityId": "{ADA}"}}'), 201)

    assert with_ada(talkative).history() == ["Hello, Eliza.", "Hello, Ada."]


def test_a_talk_may_go_on_in_a_room(talkative: Talkative) -> None:
    room, new = talkative.room("Ada", talkative.eliza, type="DM"), uuid4()

    for channel_id in (room.id, new):
        body = {"text": "Hello", "entityId": ADA, "roomId": str(channel_id)}
        assert talkative.http.post(at(talkative, "speech/conversation"), json=body).status_code == 200

    assert room.history() == ["Hello", "Hello, Ada."]
    assert Room(talkative, new).history() == ["Hello", "All right."]


def test_an_agent_that_is_stopped_says_nothing(talkative: Talkative) -> None:
    talkative.stop(talkative.eliza)

    answer = hear(talkative, "speech", headers={"X-Entity-Id": ADA})

    assert refusal(answer) == (409, "AGENT_SILENT")
    assert "stopped" in answer.json["error"]["message"]


def test_silence_is_no_question(talkative: Talkative) -> None:
    talkative.ears.text = ""

    assert data(hear(talkative, "transcriptions")) == {"text": ""}
    assert refusal(hear(talkative, "speech")) == (400, "NOTHING_SAID")


def test_a_model_that_fails_is_told_as_such(data_dir: Path) -> None:
    senses = ScriptedSenses(ears=ScriptedTranscription(ModelRefused("openai/whisper-1 refused the request.")))
    house = House(data_dir, providers=[senses])

    answer = hear(house, "transcriptions")

    assert refusal(answer) == (502, "MODEL_REFUSED")
    house.close()


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
