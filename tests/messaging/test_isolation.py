"""Isolation: people meet what they take part in; of what others have, nothing can be told from what nobody has."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest

from eliza.ids import DEFAULT_MESSAGE_SERVER, to_uuid
from tests.house_kit import Answer, Client, House, Room

ADA, BOB, CAROL = (str(to_uuid(name)) for name in ("Ada", "Bob", "Carol"))
API = "/api/messaging"
CHANNELS = f"{API}/channels"
Json = dict[str, Any]


@dataclass(frozen=True)
class People:
    """Ada and Bob, each with a key of their own, and a conversation of Bob's that is none of Ada's business."""

    house: House
    ada: Client
    bob: Client
    secret: Room
    said: Json

    def together(self, maker: str = "Ada") -> Room:
        """A channel of the two that one of them has made."""
        own, other = (self.ada, BOB) if maker == "Ada" else (self.bob, ADA)
        return Room(self.house, made(own, other))


@pytest.fixture(scope="module")
def people(lasting_house: House) -> People:
    ada, bob = lasting_house.as_("Ada"), lasting_house.as_("Bob")
    secret = lasting_house.room("Bob", "Carol")
    return People(lasting_house, ada, bob, secret, secret.says("Bob", "The key lies under the mat."))


# Every door

DOORS: list[tuple[str, str, Json | None]] = [
    ("GET", "channels/{channel}/details", None),
    ("GET", "central-channels/{channel}/details", None),
    ("GET", "channels/{channel}/participants", None),
    ("GET", "channels/{channel}/agents", None),
    ("GET", "channels/{channel}/read-state", None),
    ("GET", "channels/{channel}/messages", None),
    ("GET", "central-channels/{channel}/messages?after_seq=0", None),
    ("GET", "channels/{channel}/messages?limit=none", None),
    ("GET", "messages/{message}", None),
    ("POST", "channels/{channel}/participants", {"userIds": [ADA]}),
    ("POST", "channels/{channel}/agents", {"agentId": ADA}),
    ("POST", "channels/{channel}/mark-read", {"userId": ADA}),
    ("POST", "channels/{channel}/read", {}),
    ("POST", "channels/{channel}/generate-title", {"agentId": str(to_uuid("Eliza"))}),
    ("PATCH", "channels/{channel}", {"name": "Mine"}),
    ("PATCH", "channels/{channel}", {"participantCentralUserIds": [ADA]}),
    ("PATCH", "messages/{message}", {"content": "Nothing."}),
    ("PATCH", "messages/{message}", {"content": 3}),
    ("DELETE", "channels/{channel}/participants/{bob}", None),
    ("DELETE", "channels/{channel}/participants/{ada}", None),
    ("DELETE", "channels/{channel}/agents/{bob}", None),
    ("DELETE", "channels/{channel}/messages/{message}", None),
    ("DELETE", "channels/{mine}/messages/{message}", None),
    ("DELETE", "central-channels/{channel}/messages", None),
    ("DELETE", "channels/{channel}", None),
]


@pytest.mark.parametrize(("method", "path", "body"), DOORS, ids=[f"{method} {path}" for method, path, _ in DOORS])
def test_what_others_have_is_answered_as_what_nobody_has(
    people: People, method: str, path: str, body: Json | None
) -> None:
    mine = {"mine": str(made(people.ada)), "ada": ADA, "bob": BOB}
    theirs = {"channel": str(people.secret.id), "message": people.said["id"]}
    nobodys = {"channel": str(uuid4()), "message": str(uuid4())}

    found, missing = (
        _told(people.ada.open(f"{API}/{path.format(**ids, **mine)}", method=method, json=body), ids)
        for ids in (theirs, nobodys)
    )

    assert found == missing
    assert found[0] == 404
    assert people.secret.history() == ["The key lies under the mat."]


def test_people_who_take_part_are_let_in_by_the_same_doors(people: People) -> None:
    doors = (people.secret.url, f"{CHANNELS}/{people.secret.id}/details", f"{API}/messages/{people.said['id']}")

    assert [people.bob.get(door).status_code for door in doors] == [200] * 3


def test_a_list_stays_known_while_others_write_and_make(people: People) -> None:
    listing = f"{API}/central-servers/{DEFAULT_MESSAGE_SERVER}/channels"
    before = people.ada.get(listing)

    people.house.room("Bob", "Carol").says("Carol", "Which mat?")

    assert people.ada.get(listing, headers={"If-None-Match": before.headers["ETag"]}).status_code == 304


# Who speaks


def test_nobody_writes_into_a_channel_in_which_they_take_no_part(people: People) -> None:
    refused = people.ada.post(people.secret.url, json={"content": "Hi!", "metadata": {"targetUserId": BOB}})

    assert (refused.status_code, refused.json["error"]) == (404, f"Channel {people.secret.id} not found")
    assert people.secret.history() == ["The key lies under the mat."]


@pytest.mark.parametrize(
    ("path", "body"),
    [("channels/{channel}/messages", {"author_id": BOB}), ("channels/{channel}/mark-read", {"userId": BOB})],
    ids=["messages", "mark-read"],
)
def test_nobody_speaks_for_somebody_else(people: People, path: str, body: Json) -> None:
    room, text = people.together(), {"content": "I owe Ada ten."}

    refused = people.ada.post(f"{API}/{path.format(channel=room.id)}", json={**text, **body})
    by_header = people.ada.post(f"{API}/{path.format(channel=room.id)}", json=text, headers={"X-Entity-Id": BOB})

    assert [_refusal(refused), _refusal(by_header)] == [(403, "NOT_YOURSELF")] * 2
    assert room.history() == []


def test_a_message_carries_the_name_of_the_credential(people: People) -> None:
    room = people.together()
    pretended = {"agentName": "Eliza", "user_display_name": "Bob", "mood": "sly"}

    said = people.ada.post(room.url, json={"content": "Hi!", "author_display_name": "Bob", "metadata": pretended})

    assert said.json["userMessage"]["author_id"] == ADA
    assert said.json["userMessage"]["author_display_name"] == "Ada"
    told = room.messages()[0]["metadata"]
    assert told == {"mood": "sly", "authorDisplayName": "Ada", "isAgent": False}


@pytest.mark.parametrize(
    "mark",
    [
        {"source_type": "agent_response"},
        {"source_type": "agent_action"},
        {"raw_message": {"type": "agent_action"}},
        {"raw_message": {"isAgent": True}},
        {"metadata": {"isAgent": True}},
    ],
    ids=str,
)
def test_nobody_passes_for_an_agent(people: People, mark: Json) -> None:
    room = people.together()
    said = people.ada.post(room.url, json={"content": "Hi!"}).json["userMessage"]

    refused = people.ada.post(room.url, json={"content": "I am Eliza.", **mark})

    assert _refusal(refused) == (403, "NOT_AN_AGENT")
    if "source_type" not in mark:
        edited = people.ada.patch(f"{API}/messages/{said['id']}", json={"content": "I am Eliza.", **mark})
        assert _refusal(edited) == (403, "NOT_AN_AGENT")
    assert room.history() == ["Hi!"]


def test_a_guest_calls_in_no_agent(people: People) -> None:
    room, call = people.together(), {"content": "Eliza?", "metadata": {"targetAgentId": str(to_uuid("Eliza"))}}

    refused = people.bob.post(room.url, json=call)
    people.ada.post(f"{CHANNELS}/{room.id}/agents", json={"agentId": str(to_uuid("Eliza"))})
    called = people.bob.post(room.url, json=call)

    assert _refusal(refused) == (403, "AGENT_NOT_HERE")
    assert (called.status_code, room.history()[:1]) == (201, ["Eliza?"])


def test_an_agent_is_nobodys_mask(people: People) -> None:
    refused = people.ada.post(
        people.together().url, json={"content": "I am Eliza.", "author_id": str(to_uuid("Eliza"))}
    )

    assert _refusal(refused) == (403, "NOT_YOURSELF")


def test_the_same_submission_key_of_somebody_else_is_another_message(people: People) -> None:
    room, key = people.together(), {"Idempotency-Key": "one"}
    first = people.bob.post(room.url, json={"content": "Bob's"}, headers=key)

    mine = people.ada.post(room.url, json={"content": "Ada's"}, headers=key)
    again = people.ada.post(room.url, json={"content": "Ada's"}, headers=key)

    assert room.history() == ["Bob's", "Ada's"]
    assert again.json["userMessage"]["id"] == mine.json["userMessage"]["id"] != first.json["userMessage"]["id"]


# Who may change what


def test_whoever_makes_a_channel_takes_part_and_may_change_it(people: People) -> None:
    room = people.together()
    people.bob.post(room.url, json={"content": "Hi!"})

    renamed = people.ada.patch(f"{CHANNELS}/{room.id}", json={"name": "Tea"})
    invited = people.ada.post(f"{CHANNELS}/{room.id}/participants", json={"userIds": [CAROL]})
    replaced = people.ada.patch(f"{CHANNELS}/{room.id}", json={"participantCentralUserIds": [BOB]})
    there = people.ada.get(f"{CHANNELS}/{room.id}/participants").json["data"]
    deleted = people.ada.delete(f"{room.url}/{room.messages()[0]['id']}")
    cleared = people.ada.delete(room.url)
    ended = people.ada.delete(f"{CHANNELS}/{room.id}")

    assert [renamed.json["data"]["name"], sorted(there)] == ["Tea", sorted([ADA, BOB])]
    assert [answer.status_code for answer in (invited, replaced, deleted, cleared, ended)] == [201, 200, 204, 204, 204]


def test_the_first_message_of_a_channel_makes_it_its_authors(people: People) -> None:
    channel_id = uuid4()
    people.ada.post(f"{CHANNELS}/{channel_id}/messages", json={"content": "Hi!", "metadata": {"targetUserId": BOB}})

    assert _refusal(people.bob.delete(f"{CHANNELS}/{channel_id}")) == (403, "CHANNEL_NOT_YOURS")
    assert people.ada.delete(f"{CHANNELS}/{channel_id}").status_code == 204


def test_a_guest_reads_writes_and_leaves_and_changes_nothing_else(people: People) -> None:
    room = people.together()
    url, eliza = f"{CHANNELS}/{room.id}", str(to_uuid("Eliza"))
    people.ada.post(f"{url}/agents", json={"agentId": eliza})
    people.ada.patch(url, json={"participantCentralUserIds": [BOB, CAROL]})

    refused = [
        people.bob.patch(url, json={"name": "Bob's"}),
        people.bob.patch(url, json={"participantCentralUserIds": [BOB]}),
        people.bob.delete(url),
        people.bob.delete(room.url),
        people.bob.post(f"{url}/participants", json={"userIds": [eliza]}),
        people.bob.post(f"{url}/agents", json={"agentId": eliza}),
        people.bob.delete(f"{url}/participants/{ADA}"),
        people.bob.delete(f"{url}/agents/{CAROL}"),
    ]
    allowed = [people.bob.post(f"{url}/read", json={}), people.bob.delete(f"{url}/participants/{BOB}")]

    assert {_refusal(answer) for answer in refused} == {(403, "CHANNEL_NOT_YOURS")}
    assert [answer.status_code for answer in allowed] == [200, 200]
    assert people.bob.get(f"{url}/details").status_code == 404


def test_people_change_their_own_words_alone(people: People) -> None:
    room = people.together()
    hers = people.ada.post(room.url, json={"content": "Ten."}).json["userMessage"]["id"]
    his = people.bob.post(room.url, json={"content": "Two."}).json["userMessage"]["id"]

    refused = [
        people.bob.patch(f"{API}/messages/{hers}", json={"content": "Two."}),
        people.bob.delete(f"{room.url}/{hers}"),
        people.ada.patch(f"{API}/messages/{his}", json={"content": "Ten."}),
    ]
    changed = people.bob.patch(f"{API}/messages/{his}", json={"content": "Three."})

    assert {_refusal(answer) for answer in refused} == {(403, "MESSAGE_NOT_YOURS")}
    assert (changed.status_code, room.history()) == (200, ["Ten.", "Three."])
    assert people.bob.delete(f"{room.url}/{his}").status_code == 204


def test_a_message_that_others_have_is_no_place_to_have_read_to(people: People) -> None:
    url = f"{CHANNELS}/{people.together().id}/read"

    theirs, nobodys = ({"id": people.said["id"]}, {"id": str(uuid4())})
    found, missing = (_told(people.ada.post(url, json={"messageId": one["id"]}), one) for one in (theirs, nobodys))

    assert found == missing
    assert found[0] == 404


# Direct channels


def test_a_direct_channel_is_not_made_for_others(people: People) -> None:
    query = f"{API}/dm-channel?currentUserId={BOB}&targetUserId={CAROL}"

    refused = people.ada.get(query)
    made_of_others = people.ada.post(
        CHANNELS, json={"name": "DM", "type": "DM", "participantCentralUserIds": [BOB, CAROL]}
    )

    assert _refusal(refused) == (403, "NOT_YOURSELF")
    assert _refusal(made_of_others) == (403, "DIRECT_CHANNEL_IS_FOR_TWO")
    listing = people.house.http.get(f"{API}/message-servers/{DEFAULT_MESSAGE_SERVER}/channels").json["data"]
    assert [one["id"] for one in listing["channels"] if one["type"] == "DM" and CAROL in one["name"]] == []


def test_a_direct_channel_is_for_two_also_where_the_first_message_makes_it(people: People) -> None:
    three = {"isDm": True, "targetUserId": BOB, "recipientId": CAROL}
    url = f"{CHANNELS}/{uuid4()}/messages"

    refused = people.ada.post(url, json={"content": "Hello", "metadata": three})
    made_for_two = people.ada.post(url, json={"content": "Hello", "metadata": {**three, "recipientId": BOB}})

    assert _refusal(refused) == (403, "DIRECT_CHANNEL_IS_FOR_TWO")
    assert made_for_two.status_code == 201


def test_nobody_fills_a_channel_until_it_is_a_burden_to_all(people: People) -> None:
    url = f"{CHANNELS}/{made(people.ada)}/participants"
    crowd = [str(UUID(int=number + 1)) for number in range(1000)]

    many = people.ada.post(url, json={"userIds": crowd[:-1]})
    too_many = people.ada.post(url, json={"userIds": crowd})
    again = people.ada.post(url, json={"userIds": crowd[:10]})

    assert (many.status_code, again.status_code) == (201, 201)
    assert _refusal(too_many) == (409, "CHANNEL_FULL")


def test_a_direct_channel_is_its_two_peoples_alike(people: People) -> None:
    query = f"{API}/dm-channel?currentUserId={ADA}&targetUserId={BOB}"
    room = Room(people.house, UUID(people.ada.get(query).json["data"]["id"]))
    url = f"{CHANNELS}/{room.id}"
    people.ada.post(room.url, json={"content": "Hi!"})

    refused = [
        people.ada.post(f"{url}/participants", json={"userIds": [CAROL]}),
        people.ada.patch(url, json={"participantCentralUserIds": [ADA, CAROL]}),
        people.bob.delete(f"{url}/participants/{ADA}"),
        people.bob.post(f"{url}/agents", json={"agentId": str(to_uuid("Eliza"))}),
    ]
    cleared = people.bob.delete(room.url)

    assert {_refusal(answer) for answer in refused} == {(403, "DIRECT_CHANNEL_IS_FOR_TWO")}
    assert (cleared.status_code, room.history()) == (204, [])


def test_who_left_a_direct_channel_comes_back_by_asking_and_finds_nobody_else_there(people: People) -> None:
    query = f"{API}/dm-channel?currentUserId={BOB}&targetUserId={ADA}"
    url = f"{CHANNELS}/{people.bob.get(query).json['data']['id']}"
    people.bob.delete(f"{url}/participants/{BOB}")

    stranger = people.ada.post(f"{url}/participants", json={"userIds": [CAROL]})
    gone = people.bob.get(f"{url}/details").status_code
    people.bob.get(query)

    assert _refusal(stranger) == (403, "DIRECT_CHANNEL_IS_FOR_TWO")
    assert [gone, people.bob.get(f"{url}/details").status_code] == [404, 200]


# Connectors


@pytest.fixture(scope="module")
def connector(people: People) -> Client:
    """A key for agents elsewhere, which reaches what the one it names by the header reaches."""
    return people.house.as_("connector", "operator", ["bridge:write", "act-as"])


@pytest.fixture(scope="module")
def talker(people: People) -> Client:
    """A key for an agent elsewhere that speaks for itself alone."""
    return people.house.as_("talker", "operator", ["bridge:write"])


BRIDGE: list[tuple[str, Json, int]] = [
    ("submit", {"channel_id": "{channel}", "content": "Hi!", "author_id": ADA}, 201),
    ("action", {"channel_id": "{channel}", "content": "Looking.", "author_id": ADA}, 201),
    ("ingest-external", {"channel_id": "{channel}", "messages": [{"author_id": "7", "content": "Hi!"}]}, 202),
    ("complete", {"channel_id": "{channel}"}, 200),
    ("complete", {"message_id": "{message}"}, 200),
]


@pytest.mark.parametrize(
    ("path", "body", "status"), BRIDGE, ids=[f"{path} {next(iter(body))}" for path, body, _ in BRIDGE]
)
def test_a_connector_reaches_what_the_one_it_acts_for_reaches(
    people: People, connector: Client, path: str, body: Json, status: int
) -> None:
    room = people.together()
    ours = {"channel": str(room.id), "message": room.says("Bob", "Hi!")["id"]}
    theirs = {"channel": str(people.secret.id), "message": people.said["id"]}
    nobodys = {"channel": str(uuid4()), "message": str(uuid4())}

    as_ada = {"X-Entity-Id": ADA}
    reached, found, missing = (
        connector.post(f"{API}/{path}", json=_filled(body, ids), headers=as_ada) for ids in (ours, theirs, nobodys)
    )

    assert reached.status_code == status
    assert _told(found, theirs) == _told(missing, nobodys)
    assert found.status_code == 404
    assert people.secret.history() == ["The key lies under the mat."]


def test_a_key_without_leave_to_act_for_others_speaks_for_itself(people: People, talker: Client) -> None:
    room = people.house.room("talker", "Ada")
    said = {"channel_id": str(room.id), "content": "Hi!"}

    own = talker.post(f"{API}/submit", json=said)
    as_agent = talker.post(f"{API}/submit", json={**said, "author_id": str(to_uuid("Eliza"))})
    as_others = talker.post(f"{API}/ingest-external", json={**said, "author_id": "somebody"})

    assert own.status_code == 201
    assert [_refusal(as_agent), _refusal(as_others)] == [(403, "NOT_YOURSELF")] * 2


def test_an_action_is_revised_by_whoever_took_it(people: People, connector: Client, talker: Client) -> None:
    room = people.house.room("talker", "Ada")
    act = {"channel_id": str(room.id), "content": "Looking.", "author_id": ADA}
    hers = connector.post(f"{API}/action", json=act, headers={"X-Entity-Id": ADA}).json["data"]["id"]
    elsewhere = {**act, "channel_id": str(people.together().id)}
    hidden = connector.post(f"{API}/action", json=elsewhere, headers={"X-Entity-Id": ADA}).json["data"]["id"]
    own = talker.post(f"{API}/action", json={"channel_id": str(room.id), "content": "Looking."}).json["data"]["id"]

    refused = talker.patch(f"{API}/action/{hers}", json={"content": "Found."})
    given_away = talker.patch(f"{API}/action/{own}", json={"author_id": ADA})
    revised = talker.patch(f"{API}/action/{own}", json={"content": "Found."})
    found, missing = (
        _told(talker.patch(f"{API}/action/{one}", json={"content": "Found."}), {"id": one})
        for one in (hidden, str(uuid4()))
    )

    assert [_refusal(refused), _refusal(given_away)] == [(403, "MESSAGE_NOT_YOURS"), (403, "NOT_YOURSELF")]
    assert revised.status_code == 200
    assert (found, found[0]) == (missing, 404)


def test_an_id_that_a_hidden_message_has_is_answered_as_a_hidden_message(people: People, talker: Client) -> None:
    room = people.house.room("talker", "Ada")
    taken = {"channel_id": str(room.id), "content": "Hi!", "message_id": people.said["id"]}

    refused = talker.post(f"{API}/submit", json=taken)

    assert (refused.status_code, refused.json["error"]) == (404, f"Message {people.said['id']} not found")
    assert room.history() == []


def test_a_key_for_servers_alone_touches_no_channels(people: People) -> None:
    narrow = people.house.as_("mirror", "operator", ["servers:write"])
    server = narrow.post(f"{API}/message-servers", json={"name": "Mill", "sourceType": "test"}).json["data"]["id"]

    renamed = narrow.post(
        f"{API}/message-servers/{DEFAULT_MESSAGE_SERVER}/sync-channels", json={"channels": [{"name": "the room"}]}
    )
    deleted = narrow.delete(f"{API}/message-servers/{server}")

    assert [_refusal(renamed), _refusal(deleted)] == [(403, "FORBIDDEN")] * 2


# Those who see all


def test_operators_notice_nothing(people: People) -> None:
    operator = people.house.as_("Olga", "operator")

    read = operator.get(people.secret.url)
    renamed = operator.patch(f"{CHANNELS}/{people.secret.id}", json={"name": "the room"})

    assert [one["content"] for one in read.json["data"]["messages"]] == ["The key lies under the mat."]
    assert renamed.status_code == 200


def made(client: Client, *others: str, **more: Any) -> UUID:
    """A channel that this client makes."""
    answer = client.post(CHANNELS, json={"name": "Tea", "participantCentralUserIds": list(others), **more})
    assert answer.status_code == 201, answer.text
    return UUID(answer.json["data"]["id"])


def _told(answer: Answer, ids: Json) -> tuple[int, str, list[str]]:
    """All that can be told from an answer, the ids aside. What its headers say is new each time."""
    text = answer.text
    for id_ in ids.values():
        text = text.replace(id_, "that")
    return answer.status_code, text, sorted({name for name, _ in answer.headers} - {"Set-Cookie"})


def _refusal(answer: Answer) -> tuple[int, str]:
    return answer.status_code, answer.json["code"]


def _filled(body: Json, ids: Json) -> Json:
    return {key: value.format(**ids) if isinstance(value, str) else value for key, value in body.items()}
