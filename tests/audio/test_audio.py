"""Audio: hearing what people say, and speaking what agents answer."""

from base64 import b64decode
from collections.abc import Iterator
from uuid import uuid4

import pytest

from eliza.ids import to_uuid
from eliza.testing.senses import SILENCE
from tests.audio.speaking import Talkative, at, data, hear, refusal
from tests.house_kit import Json, Room
from tests.media.sending import MP3, png, send

WEBM = b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm" + bytes(20)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talkative]:
    house = Talkative(tmp_path_factory.mktemp("house"))
    yield house
    house.close()


@pytest.fixture
def talkative(opened: Talkative) -> Talkative:
    """The same house for all, who has forgotten what it heard and said."""
    opened.ears.text = "Hello, Eliza."
    for heard in (opened.ears.heard, opened.ears.types, opened.voice.spoken):
        heard.clear()
    return opened


@pytest.fixture
def ada(request: pytest.FixtureRequest) -> str:
    """Somebody whom no other test knows."""
    return f"Ada of {request.node.name}"


def test_a_recording_is_written_down(talkative: Talkative) -> None:
    answer = hear(talkative, "transcriptions", WEBM, declared="audio/wav", language="en")

    assert data(answer) == {"text": "Hello, Eliza."}
    assert (talkative.ears.heard, talkative.ears.types) == ([WEBM], ["audio/webm"])
    assert list(talkative.server.settings.agent_uploads_dir.rglob("*.*")) == []


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


def test_an_audio_message_of_somebody_is_posted_to_the_agent(talkative: Talkative, ada: str) -> None:
    answer = data(hear(talkative, "audio-messages", headers={"X-Entity-Id": str(to_uuid(ada))}))

    room = talkative.private(ada, talkative.eliza)
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


@pytest.mark.parametrize(
    ("door", "body", "named"),
    [
        ("speech/generate", {}, "text"),
        ("speech/generate", {"text": "  "}, "text"),
        ("speech/generate", {"text": 7}, "text"),
        ("audio-messages/synthesize", {}, "messageId"),
        ("audio-messages/synthesize", {"text": "a", "messageId": str(uuid4())}, "messageId"),
        ("audio-messages/synthesize", {"messageId": "x"}, "messageId"),
        ("speech/conversation", {"entityId": str(to_uuid("Ada"))}, "text"),
        ("speech/conversation", {"text": "Hi", "entityId": "Ada"}, "entityId"),
    ],
)
def test_what_does_not_fit_is_named(talkative: Talkative, door: str, body: Json, named: str) -> None:
    answer = talkative.http.post(at(talkative, door), json=body)

    assert refusal(answer) == (400, "INVALID_REQUEST")
    assert named in answer.json["error"]["message"]


def test_a_message_is_read_out(talkative: Talkative, ada: str) -> None:
    message = talkative.private(ada, talkative.eliza).says(ada, "Read this to me.")

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
def test_who_speaks_to_an_agent_hears_its_answer(talkative: Talkative, ada: str, door: str) -> None:
    answer = data(hear(talkative, door, headers={"X-Entity-Id": str(to_uuid(ada))}), 201)

    room = talkative.private(ada, talkative.eliza)
    assert b64decode(answer["audio"]) == SILENCE
    assert (answer["transcription"], answer["text"], answer["channelId"]) == (
        "Hello, Eliza.",
        "Hello, Ada.",
        str(room.id),
    )
    assert room.history() == ["Hello, Eliza.", "Hello, Ada."]
    assert talkative.voice.spoken == ["Hello, Ada."]


def test_who_writes_to_an_agent_may_hear_its_answer(talkative: Talkative, ada: str) -> None:
    body = {"text": "Hello, Eliza.", "entityId": str(to_uuid(ada)), "userName": "Ada"}

    answer = talkative.http.post(at(talkative, "speech/conversation"), json=body)

    assert (answer.status_code, answer.data, answer.headers["Content-Type"]) == (200, SILENCE, "audio/mpeg")
    assert talkative.private(ada, talkative.eliza).history() == ["Hello, Eliza.", "Hello, Ada."]


def test_the_one_who_speaks_may_be_named_in_the_form(talkative: Talkative, ada: str) -> None:
    data(hear(talkative, "speech", metadata=f'{{"entityId": "{to_uuid(ada)}"}}'), 201)

    assert talkative.private(ada, talkative.eliza).history() == ["Hello, Eliza.", "Hello, Ada."]


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"userName": "A\0da"}, "body"),
        ({"entityId": "Ada"}, "entityId"),
        ({"metadata": "{"}, "metadata"),
        ({"metadata": "[]"}, "metadata"),
        ({"metadata": '{"roomId": 7}'}, "roomId"),
        ({"headers": {"X-Entity-Id": "Ada"}}, "X-Entity-Id"),
    ],
    ids=["nul", "no id", "no JSON", "no object", "no room", "no id in the header"],
)
def test_who_speaks_must_be_said_clearly(talkative: Talkative, fields: Json, named: str) -> None:
    answer = hear(talkative, "speech", **fields)

    assert refusal(answer) == (400, "INVALID_REQUEST")
    assert named in answer.json["error"]["message"]


def test_a_talk_may_go_on_in_a_room(talkative: Talkative, ada: str) -> None:
    room, new = talkative.room(ada, talkative.eliza, type="DM"), uuid4()

    for channel_id in (room.id, new):
        body = {"text": "Hello", "entityId": str(to_uuid(ada)), "roomId": str(channel_id)}
        assert talkative.http.post(at(talkative, "speech/conversation"), json=body).status_code == 200

    assert room.history() == ["Hello", "Hello, Ada."]
    assert Room(talkative, new).history() == ["Hello", "Hello, Ada."]


def test_an_agent_that_is_stopped_says_nothing(talkative: Talkative, ada: str) -> None:
    bob = talkative.agent("Bob", start=False)

    answer = send(talkative, f"/api/audio/{bob}/speech", MP3, headers={"X-Entity-Id": str(to_uuid(ada))})

    assert refusal(answer) == (409, "AGENT_SILENT")
    assert "stopped" in answer.json["error"]["message"]


def test_silence_is_no_question(talkative: Talkative) -> None:
    talkative.ears.text = ""

    assert data(hear(talkative, "transcriptions")) == {"text": ""}
    assert refusal(hear(talkative, "speech")) == (400, "NOTHING_SAID")
