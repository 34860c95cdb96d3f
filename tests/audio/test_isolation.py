"""Audio for several people: each speaks as themselves, where they take part, and hears what they may read."""

from collections.abc import Iterator
from typing import Any

import pytest

from eliza.ids import new_id
from tests.audio.speaking import Talkative, at, data, refusal
from tests.house_kit import Answer, Client, Json, Room, id_of
from tests.media.sending import MP3, form_of

FORMS = ["audio-messages", "speech", "speech/conversation"]


@pytest.fixture(scope="module")
def lasting_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talkative]:
    opened = Talkative(tmp_path_factory.mktemp("house"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def house(lasting_house: Talkative) -> Talkative:
    return lasting_house


@pytest.fixture(scope="module")
def adas(house: Talkative, ada: Client) -> Room:
    """Where Ada has told Eliza something."""
    room = house.private("Ada", house.eliza)
    room.asks("Ada", "My cat is called Lovelace.")
    return room


@pytest.mark.parametrize("door", FORMS)
def test_who_speaks_is_who_the_credential_says(house: Talkative, door: str) -> None:
    name = f"Ada {door}"
    answer = _hear(house.as_(name), house, door, userName="Bob")

    told = data(answer, 200 if door == "audio-messages" else 201)

    room = house.private(name, house.eliza)
    said = room.messages(after_seq=0)[0]
    assert (told["channelId"], said["authorId"]) == (str(room.id), str(id_of(name)))
    assert "Bob" not in str(said)


@pytest.mark.parametrize("door", FORMS)
@pytest.mark.parametrize("how", ["form", "metadata", "header"])
def test_nobody_speaks_as_somebody_else(house: Talkative, bob: Client, door: str, how: str) -> None:
    ada = str(id_of("Ada"))
    fields: Json = {"form": {"entityId": ada}, "metadata": {"metadata": f'{{"userId": "{ada}"}}'}}.get(how, {})
    headers = {"X-Entity-Id": ada} if how == "header" else {}

    assert refusal(_hear(bob, house, door, headers=headers, **fields)) == (403, "NOT_YOURSELF")


def test_nobody_speaks_as_somebody_else_in_json_either(house: Talkative, bob: Client) -> None:
    body = {"text": "Hi!", "entityId": str(id_of("Ada"))}

    assert refusal(bob.post(at(house, "speech/conversation"), json=body)) == (403, "NOT_YOURSELF")


@pytest.mark.parametrize("door", FORMS)
def test_nobody_speaks_where_they_take_no_part(house: Talkative, bob: Client, adas: Room, door: str) -> None:
    history, unknown = adas.history(), new_id()

    hidden, missing = (_hear(bob, house, door, roomId=str(room)) for room in (adas.id, unknown))

    assert refusal(hidden) == (404, "NOT_FOUND")
    assert hidden.text.replace(str(adas.id), "") == missing.text.replace(str(unknown), "")
    assert adas.history() == history


def test_nobody_speaks_where_they_take_no_part_in_json_either(house: Talkative, bob: Client, adas: Room) -> None:
    body = {"text": "Hi!", "channelId": str(adas.id)}

    assert refusal(bob.post(at(house, "speech/conversation"), json=body)) == (404, "NOT_FOUND")


def test_a_message_of_others_is_not_read_out(house: Talkative, ada: Client, bob: Client, adas: Room) -> None:
    path, said, unknown = at(house, "audio-messages/synthesize"), adas.messages(after_seq=0)[0]["id"], new_id()

    hidden, missing = (bob.post(path, json={"messageId": str(one)}) for one in (said, unknown))

    assert refusal(hidden) == (404, "NOT_FOUND")
    assert hidden.text.replace(said, "") == missing.text.replace(str(unknown), "")
    assert ada.post(path, json={"messageId": said}).status_code == 201


def test_who_comes_back_to_the_agent_by_voice_takes_part_again(house: Talkative) -> None:
    dora = house.as_("Dora")
    room = house.private("Dora", house.eliza)
    assert house.http.delete(f"/api/messaging/channels/{room.id}/participants/{id_of('Dora')}").status_code == 200

    told = data(_hear(dora, house, "audio-messages"))

    assert told["channelId"] == str(room.id)
    assert dora.get(room.url).status_code == 200


def test_viewers_neither_speak_nor_are_spoken_to(house: Talkative) -> None:
    viewer = house.as_("Viv", "viewer")

    assert refusal(_hear(viewer, house, "transcriptions")) == (403, "FORBIDDEN")
    assert refusal(viewer.post(at(house, "speech/generate"), json={"text": "Hi!"})) == (403, "FORBIDDEN")


def _hear(client: Client, house: Talkative, door: str, **more: Any) -> Answer:
    headers = more.pop("headers", {})
    return client.post(at(house, door), headers=headers, **form_of(MP3, "recording.mp3", **more))
