"""Sessions of several people: each has their own, and speaks for nobody else."""

from pathlib import Path

import pytest

from eliza.sessions.sessions import Sessions
from tests.hidden import require_hidden
from tests.house_kit import Client, House, Json, id_of
from tests.sessions.talk import URL


@pytest.fixture(scope="module")
def adas(lasting_house: House, ada: Client) -> Json:
    """A session of Ada's, in which something was said."""
    lasting_house.model.will_say("Hello, Ada.")
    begun: Json = ada.post(URL, json=_wanted(lasting_house, "Ada")).json
    said = ada.post(f"{URL}/{begun['sessionId']}/messages", json={"content": "Hi!", "transport": "http"})
    assert said.json["agentResponse"]["text"] == "Hello, Ada."
    return begun


@pytest.mark.parametrize(
    ("method", "below", "body"),
    [
        ("GET", "", None),
        ("DELETE", "", None),
        ("GET", "/messages", None),
        ("POST", "/messages", {"content": "Hi!"}),
        ("POST", "/messages", {"content": 7}),
        ("POST", "/renew", {}),
        ("POST", "/heartbeat", {}),
        ("PATCH", "/timeout", {"timeoutMinutes": 6}),
        ("PATCH", "/timeout", {"timeoutMinutes": -1}),
    ],
)
def test_a_session_of_somebody_else_is_not_there(
    ada: Client, bob: Client, adas: Json, method: str, below: str, body: Json | None
) -> None:
    path = f"{URL}/{{}}{below}"

    require_hidden(bob, path, adas["sessionId"], method=method, json=body)
    assert ada.get(path.format(adas["sessionId"])).status_code in {200, 405}


def test_taking_part_in_its_channel_gives_nobody_a_session(lasting_house: House, bob: Client, adas: Json) -> None:
    seat = f"/api/messaging/channels/{adas['channelId']}/participants"
    joined = lasting_house.http.post(seat, json={"participants": [str(id_of("Bob"))]})

    assert joined.status_code == 201
    require_hidden(bob, f"{URL}/{{}}", adas["sessionId"])


def test_everybody_is_shown_and_counted_their_own(lasting_house: House, ada: Client, bob: Client, adas: Json) -> None:
    bobs = bob.post(URL, json=_wanted(lasting_house, "Bob")).json["sessionId"]

    listed = {name: client.get(URL).json for name, client in (("Ada", ada), ("Bob", bob))}

    assert [one["sessionId"] for one in listed["Ada"]["sessions"]] == [adas["sessionId"]]
    assert [one["sessionId"] for one in listed["Bob"]["sessions"]] == [bobs]
    assert [(one["total"], one["stats"]["totalSessions"]) for one in listed.values()] == [(1, 1), (1, 1)]
    assert ada.get(f"{URL}/health").json["activeSessions"] == 1
    assert lasting_house.http.get(f"{URL}/health").json["activeSessions"] == 2


def test_nobody_begins_a_session_for_somebody_else(lasting_house: House, bob: Client) -> None:
    refused = bob.post(URL, json=_wanted(lasting_house, "Ada"))

    assert (refused.status_code, refused.json["error"]["code"]) == (403, "NOT_YOURSELF")


def test_who_may_look_into_a_session_does_not_speak_in_it_for_somebody_else(lasting_house: House, adas: Json) -> None:
    olga, path = lasting_house.as_("Olga", "operator"), f"{URL}/{adas['sessionId']}"

    refused = olga.post(f"{path}/messages", json={"content": "I am Ada."})

    assert olga.get(path).status_code == 200
    assert (refused.status_code, refused.json["error"]["code"]) == (403, "NOT_YOURSELF")
    assert "I am Ada." not in olga.get(f"{path}/messages").text


def test_what_is_said_bears_the_name_of_who_said_it(ada: Client, adas: Json) -> None:
    path = f"{URL}/{adas['sessionId']}/messages"

    ada.post(path, json={"content": "It is me.", "metadata": {"user_display_name": "Bob"}})

    said = next(one for one in ada.get(path).json["messages"] if one["content"] == "It is me.")
    assert "Bob" not in str(said)


def test_a_session_that_is_over_is_hidden_too(data_dir: Path) -> None:
    house = House(data_dir)
    ada, bob = house.as_("Ada"), house.as_("Bob")
    begun = ada.post(URL, json=_wanted(house, "Ada")).json["sessionId"]
    house.server.app.extensions["eliza"][Sessions].end_all()

    assert ada.get(f"{URL}/{begun}").status_code == 410
    require_hidden(bob, f"{URL}/{{}}", begun)
    house.close()


def _wanted(house: House, person: str) -> Json:
    return {"agentId": str(house.eliza), "userId": str(id_of(person))}
