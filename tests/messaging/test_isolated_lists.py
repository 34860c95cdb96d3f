"""Isolation, where the database has a say in it: lists, searches, and two who are there at the same time."""

from functools import partial
from uuid import UUID, uuid4

from eliza.ids import DEFAULT_MESSAGE_SERVER, to_uuid
from tests.house_kit import Answer, Client, House, Room, at_once

BOB, CAROL = (str(to_uuid(name)) for name in ("Bob", "Carol"))
API = "/api/messaging"
CHANNELS = f"{API}/channels"


def test_lists_hold_and_count_only_what_is_theirs(house: House) -> None:
    ada, bob = house.as_("Ada"), house.as_("Bob")
    theirs = [house.room("Bob", "Carol") for _ in range(3)]
    mine = [str(_made(ada, BOB)) for _ in range(3)]
    listing = f"{API}/message-servers/{DEFAULT_MESSAGE_SERVER}/channels"

    first = ada.get(f"{listing}?limit=2")
    rest = ada.get(f"{listing}?limit=2&cursor={first.headers['X-Next-Cursor']}")

    assert _ids(first) + _ids(rest) == mine
    assert [first.headers["X-Total-Count"], rest.headers["X-Total-Count"]] == ["3", "3"]
    assert "X-Next-Cursor" not in rest.headers
    assert _ids(bob.get(listing)) == [*(str(room.id) for room in theirs), *mine]
    assert len(_ids(house.http.get(listing))) == 6


def test_a_search_finds_only_what_was_said_to_them(house: House) -> None:
    ada = house.as_("Ada")
    secret, mine = house.room("Bob", "Carol"), Room(house, _made(ada, BOB))
    secret.says("Bob", "Tea at five.")
    said = mine.says("Bob", "Tea at six.")

    anywhere = ada.post(f"{API}/messages/search", json={"query": "tea"}).json["data"]
    by_bob = ada.post(f"{API}/messages/search", json={"authorId": BOB, "limit": 1}).json["data"]
    there = ada.post(f"{API}/messages/search", json={"channelId": str(secret.id)}).json["data"]

    assert ([one["id"] for one in anywhere["messages"]], anywhere["total"]) == ([said["id"]], 1)
    assert (len(by_bob["messages"]), by_bob["total"], by_bob.get("nextCursor")) == (1, 1, None)
    assert there == {"messages": [], "total": 0}
    assert house.http.post(f"{API}/messages/search", json={"query": "tea"}).json["data"]["total"] == 2


def test_a_channel_that_two_strangers_make_at_once_is_of_one_of_them(house: House) -> None:
    clients = [house.as_("Ada"), house.as_("Bob")]
    for _ in range(5):
        url = f"{CHANNELS}/{uuid4()}/messages"

        made = at_once(*(partial(_greet, client, url) for client in clients))

        read = [client.get(url).status_code for client in clients]
        assert sorted(made) == [201, 404]
        assert read == [200 if status == 201 else 404 for status in made]


def _greet(client: Client, url: str) -> int:
    return client.post(url, json={"content": "Hi!", "metadata": {"targetUserId": CAROL}}).status_code


def _made(client: Client, other: str) -> UUID:
    """A channel that this client makes."""
    answer = client.post(CHANNELS, json={"name": "Tea", "participantCentralUserIds": [other]})
    assert answer.status_code == 201, answer.text
    return UUID(answer.json["data"]["id"])


def _ids(answer: Answer) -> list[str]:
    return [channel["id"] for channel in answer.json["data"]["channels"]]
