"""Files of several people: each sees what they sent themselves, and what was shown where they take part."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest

from eliza.db import tables
from eliza.messaging.messages import Draft
from tests.hidden import require_hidden
from tests.house_kit import Answer, Client, House, Room
from tests.media.sending import form_of, png, uploaded
from tests.media.studio import Studio


@pytest.fixture(scope="module")
def lasting_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    opened = Studio(tmp_path_factory.mktemp("house"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def studio(lasting_house: Studio) -> Studio:
    return lasting_house


def test_what_is_sent_to_an_agent_is_its_senders(studio: Studio, ada: Client, bob: Client) -> None:
    url = _to_eliza(studio, ada)

    assert ada.get(url).data == png()
    assert studio.http.get(url).data == png()
    require_hidden(bob, f"/media/uploads/agents/{studio.eliza}/{{}}", url.rpartition("/")[2])


def test_what_nobody_in_particular_sent_is_not_for_everybody(studio: Studio, ada: Client) -> None:
    url = _to_eliza(studio, studio.http)

    assert ada.get(url).status_code == 404
    assert studio.http.get(url).data == png()


def test_what_is_shown_in_a_channel_is_seen_by_who_takes_part(studio: Studio, ada: Client, bob: Client) -> None:
    room, url, carl = studio.room("Ada", "Bob"), _to_eliza(studio, ada), studio.as_("Carl")

    message = _shows(ada, room, url)
    seen = bob.get(url).status_code, carl.get(url).status_code
    studio.http.delete(f"{room.url}/{message}")

    assert seen == (200, 404)
    assert bob.get(url).status_code == 404


def test_what_is_sent_to_a_channel_is_seen_by_who_takes_part(studio: Studio, ada: Client, bob: Client) -> None:
    room, carl = studio.room("Ada", "Bob"), studio.as_("Carl")
    sent = f"/api/messaging/channels/{room.id}/upload-media"
    url = uploaded(ada.post(sent, **form_of(png())))["url"]

    assert (ada.get(url).data, bob.get(url).data) == (png(), png())
    require_hidden(carl, f"/media/uploads/channels/{{}}/{url.rpartition('/')[2]}", room.id)
    for door in ("messaging", "media"):
        path = f"/api/{door}/channels/{{}}/upload-media"
        require_hidden(carl, path, room.id, method="POST", json={})
        assert carl.post(path.format(room.id), **form_of(png())).status_code == 404


def test_naming_the_file_of_somebody_else_shows_it_to_nobody(studio: Studio, ada: Client, bob: Client) -> None:
    room, url = studio.private("Bob", studio.eliza), _to_eliza(studio, ada)
    studio.eyes.pictures.clear()

    _shows(bob, room, url, transport="http")

    assert bob.get(url).status_code == 404
    assert studio.eyes.pictures == []
    assert "fox" not in str(studio.model.prompts[-1])


def test_naming_the_file_of_another_channel_shows_it_to_nobody(studio: Studio, ada: Client, bob: Client) -> None:
    adas, bobs = studio.room("Ada"), studio.private("Bob", studio.eliza)
    url = uploaded(ada.post(f"/api/messaging/channels/{adas.id}/upload-media", **form_of(png())))["url"]
    studio.eyes.pictures.clear()

    _shows(bob, bobs, url, transport="http")

    assert bob.get(url).status_code == 404
    assert studio.eyes.pictures == []


def test_naming_a_file_does_not_let_it_be_swept_away(studio: Studio, ada: Client, bob: Client) -> None:
    room, url = studio.room("Bob", "Carl"), _to_eliza(studio, ada)

    said = _shows(bob, room, url)
    bob.patch(f"/api/messaging/messages/{said}", json={"raw_message": {"attachments": [{"url": url}]}})
    bob.delete(f"{room.url}/{said}")

    with studio.server.database.read():
        assert not tables.Upload.get(tables.Upload.name == url.rpartition("/")[2]).was_used
    assert ada.get(url).data == png()


def test_who_was_shown_a_file_may_show_it_on(studio: Studio, ada: Client, bob: Client) -> None:
    url, carl = _to_eliza(studio, ada), studio.as_("Carl")
    _shows(ada, studio.room("Ada", "Bob"), url)

    _shows(bob, studio.room("Bob", "Carl"), url)

    assert carl.get(url).data == png()


def test_what_was_made_for_an_agent_is_seen_where_the_agent_has_shown_it(
    studio: Studio, ada: Client, bob: Client
) -> None:
    room, url = studio.room("Ada", studio.eliza), _made(studio, "paintings/a fox.png")
    unseen = ada.get(url).status_code

    message = _says_itself(studio, room, url)

    assert (unseen, ada.get(url).data, studio.http.get(url).data) == (404, png(), png())
    require_hidden(bob, f"/media/generated/{studio.eliza}/paintings/{{}}", "a%20fox.png")
    studio.http.delete(f"{room.url}/{message}")
    assert ada.get(url).status_code == 404


def test_naming_what_was_made_for_an_agent_shows_it_to_nobody(studio: Studio, bob: Client) -> None:
    room, url = studio.private("Bob", studio.eliza), _made(studio, "secret.png")

    _shows(bob, room, url)
    room.settles()

    assert bob.get(url).status_code == 404


def test_a_pass_opens_what_its_credential_does(studio: Studio, ada: Client) -> None:
    url, app = _to_eliza(studio, ada), studio.server.app
    served = {}
    for name, client in (("Ada", ada), ("Bob", studio.as_("Bob")), ("house", studio.http)):
        browser = app.test_client()
        browser.get("/api/agents", headers=client.headers)
        served[name] = browser.get(url).status_code

    assert served == {"Ada": 200, "Bob": 404, "house": 200}


def test_a_pass_opens_no_files_for_a_key_that_may_not_read_them(studio: Studio) -> None:
    url, browser = _to_eliza(studio, studio.http), studio.server.app.test_client()
    browser.get("/api/agents", headers=studio.as_("Olga", "operator", ["agents:read", "conversations:any"]).headers)

    assert browser.get(url).status_code == 403


def _to_eliza(house: House, client: Client) -> str:
    url: str = uploaded(client.post(f"/api/media/agents/{house.eliza}/upload-media", **form_of(png())))["url"]
    return url


def _shows(client: Client, room: Room, url: str, **more: str) -> str:
    body = {"content": "Look!", "raw_message": {"attachments": [{"url": url, "contentType": "image/png"}]}, **more}
    answer: Answer = client.post(room.url, json=body)
    assert answer.status_code == 201, answer.text
    said: str = answer.json["userMessage"]["id"]
    return said


def _made(house: House, name: str) -> str:
    path = house.server.settings.generated_dir / str(house.eliza) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(png())
    return f"/media/generated/{house.eliza}/{name.replace(' ', '%20')}"


def _says_itself(house: House, room: Room, url: str) -> UUID:
    raw = {"attachments": [{"url": url}]}
    return house.server.create_message(Draft(room.id, house.eliza, "I made this.", raw=raw, message_id=uuid4())).id
