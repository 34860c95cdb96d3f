"""Channels: made, found, changed, joined, left and deleted, as elizaOS's clients ask for it."""

from uuid import UUID

import pytest

from eliza.db import tables
from eliza.ids import DEFAULT_MESSAGE_SERVER, to_uuid
from tests.house_kit import House, at_once
from tests.spine import Spine

ADA, BOB, NOBODY = (str(to_uuid(name)) for name in ("Ada", "Bob", "nobody"))
CHANNELS = "/api/messaging/channels"


def test_a_channel_is_told_as_elizaos_tells_it(house: House) -> None:
    body = {"name": "Tea", "message_server_id": str(DEFAULT_MESSAGE_SERVER), "participantCentralUserIds": [ADA, BOB]}

    made = house.http.post(CHANNELS, json={**body, "metadata": {"purpose": "tea"}})

    channel = made.json["data"]
    assert made.status_code == 201
    assert {key: channel[key] for key in ("name", "type", "messageServerId", "metadata", "lastSeq")} == {
        "name": "Tea",
        "type": "GROUP",
        "messageServerId": str(DEFAULT_MESSAGE_SERVER),
        "metadata": {"purpose": "tea"},
        "lastSeq": 0,
    }
    assert channel["createdAt"] == channel["updatedAt"]
    assert channel["createdAt"].endswith("Z")
    assert house.http.get(f"{CHANNELS}/{channel['id']}/details").json["data"]["name"] == "Tea"
    assert sorted(_participants(house, channel["id"])) == sorted([ADA, BOB])


def test_a_channel_on_a_server_that_does_not_exist_is_refused(house: House) -> None:
    refused = house.http.post(CHANNELS, json={"name": "Tea", "message_server_id": NOBODY})

    assert (refused.status_code, refused.json["error"]) == (404, f"Message server {NOBODY} not found")


def test_the_older_name_of_the_server_field_is_understood(house: House) -> None:
    server = house.http.post("/api/messaging/servers", json={"name": "Mill", "sourceType": "test"}).json["data"]["id"]

    made = house.http.post("/api/messaging/central-channels", json={"name": "Tea", "server_id": server})

    assert made.json["data"]["messageServerId"] == server
    listed = house.http.get(f"/api/messaging/central-servers/{server}/channels").json["data"]["channels"]
    assert [channel["name"] for channel in listed] == ["Tea"]


def test_two_people_have_one_direct_channel_whoever_asks(house: House) -> None:
    first = house.private("Ada", to_uuid("Bob"))
    second = house.private("Bob", to_uuid("Ada"))

    assert first.id == second.id
    channel = house.http.get(f"{CHANNELS}/{first.id}/details").json["data"]
    low, high = sorted([ADA, BOB])
    assert (channel["type"], channel["name"]) == ("DM", f"DM-{low}-{high}")
    assert {"user1": low, "user2": high}.items() <= channel["metadata"].items()
    assert sorted(_participants(house, channel["id"])) == [low, high]


def test_a_direct_channel_asked_for_ten_times_at_once_is_made_once(house: House) -> None:
    query = f"/api/messaging/dm-channel?currentUserId={ADA}&targetUserId={BOB}"

    found = at_once(*[lambda: house.http.get(query).json["data"]["id"]] * 10)

    assert len(set(found)) == 1
    assert len(house.server.get_channels_for_server(DEFAULT_MESSAGE_SERVER)) == 1


def test_a_direct_channel_on_an_unknown_server_is_on_the_default_one(house: House) -> None:
    query = f"currentUserId={ADA}&targetUserId={BOB}&dmServerId={NOBODY}"

    found = house.http.get(f"/api/messaging/dm-channel?{query}")

    assert found.json["data"]["messageServerId"] == str(DEFAULT_MESSAGE_SERVER)


def test_only_what_is_given_changes(house: House) -> None:
    room = house.room("Ada", "Bob")

    renamed = house.http.patch(f"{CHANNELS}/{room.id}", json={"name": "Tea"}).json["data"]
    marked = house.http.patch(f"{CHANNELS}/{room.id}", json={"metadata": {"muted": True}}).json["data"]

    assert (renamed["name"], renamed["metadata"]) == ("Tea", {})
    assert (marked["name"], marked["metadata"]) == ("Tea", {"muted": True})
    assert len(_participants(house, room.id)) == 2


def test_a_given_list_of_participants_replaces_the_old_one(house: House) -> None:
    room = house.room("Ada", "Bob")

    house.http.patch(f"{CHANNELS}/{room.id}", json={"participantCentralUserIds": [BOB, NOBODY, BOB]})

    assert sorted(_participants(house, room.id)) == sorted([BOB, NOBODY])


def test_who_stays_when_the_list_changes_keeps_what_they_have_read(spine: Spine) -> None:
    channel = spine.channel("Ada", "Bob")
    seat = tables.ChannelParticipant
    with spine.database.read():
        seat.update(last_read_seq=7).where(seat.entity_id == UUID(BOB)).execute()

    spine.channels.update(channel, participants=[UUID(BOB), UUID(NOBODY)])

    with spine.database.read():
        read = {str(row.entity_id): row.last_read_seq for row in seat.select().where(seat.channel == channel)}
    assert read == {BOB: 7, NOBODY: 0}


def test_the_official_way_to_add_somebody_evicts_nobody(house: House) -> None:
    room = house.room("Ada", house.eliza)
    details = f"{CHANNELS}/{room.id}/details"

    for newcomer in (BOB, NOBODY):  # As elizaOS's client does it: read the list, give it back longer.
        people = house.http.get(details).json["data"]["metadata"]["participantCentralUserIds"]
        house.http.patch(f"{CHANNELS}/{room.id}", json={"participantCentralUserIds": [*people, newcomer]})

    assert sorted(_participants(house, room.id)) == sorted([ADA, BOB, NOBODY, str(house.eliza)])


def test_a_list_of_people_among_the_metadata_is_not_taken_for_the_real_one(house: House) -> None:
    room = house.room("Ada", "Bob")
    details = f"{CHANNELS}/{room.id}/details"
    metadata = house.http.get(details).json["data"]["metadata"]
    house.http.patch(f"{CHANNELS}/{room.id}", json={"metadata": {**metadata, "purpose": "tea"}})

    house.http.post(f"{CHANNELS}/{room.id}/participants", json={"userIds": [NOBODY]})

    told = house.http.get(details).json["data"]["metadata"]
    assert (told["purpose"], sorted(told["participantCentralUserIds"])) == ("tea", sorted([ADA, BOB, NOBODY]))


def test_ten_people_who_are_added_at_once_are_all_there(house: House) -> None:
    room = house.room("Ada")
    guests = [[str(to_uuid(f"guest {number} {part}")) for part in "ab"] for number in range(10)]

    def add(pair: list[str]) -> int:
        return int(house.http.post(f"{CHANNELS}/{room.id}/participants", json={"userIds": pair}).status_code)

    added = at_once(*(lambda pair=pair: add(pair) for pair in guests))

    assert added == [201] * 10
    assert sorted(_participants(house, room.id)) == sorted([ADA, *(guest for pair in guests for guest in pair)])


def test_people_leave_one_by_one(house: House) -> None:
    room = house.room("Ada", "Bob")

    left = house.http.delete(f"{CHANNELS}/{room.id}/participants/{BOB}")
    again = house.http.delete(f"{CHANNELS}/{room.id}/participants/{BOB}")

    assert (left.status_code, left.json["data"]["userId"], again.status_code) == (200, BOB, 404)
    assert _participants(house, room.id) == [ADA]


def test_people_are_listed_page_by_page(house: House) -> None:
    room = house.room("Ada", "Bob", "nobody")
    path = f"{CHANNELS}/{room.id}/participants"

    first = house.http.get(f"{path}?limit=2")
    second = house.http.get(f"{path}?limit=2&cursor={first.headers['X-Next-Cursor']}")

    assert (first.headers["X-Total-Count"], second.headers["X-Total-Count"]) == ("3", "3")
    assert [*first.json["data"], *second.json["data"]] == sorted([ADA, BOB, NOBODY])
    assert "X-Next-Cursor" not in second.headers


@pytest.mark.parametrize("what", ["participants", "agents", "details"])
def test_nobody_takes_part_in_a_channel_that_is_not_there(small_house: House, what: str) -> None:
    refused = small_house.http.get(f"{CHANNELS}/{NOBODY}/{what}")

    assert (refused.status_code, refused.json["error"]) == (404, f"Channel {NOBODY} not found")


def test_agents_join_and_leave(house: House) -> None:
    room, alpha = house.room("Ada"), house.agent("Alpha")
    seats = f"{CHANNELS}/{room.id}/agents"

    added = [house.http.post(seats, json={"agentId": str(alpha)}) for _ in range(2)]
    people = house.http.get(seats).json["data"]
    removed = house.http.delete(f"{seats}/{alpha}")
    again = house.http.delete(f"{seats}/{alpha}")

    assert [answer.status_code for answer in added] == [201, 201]
    assert added[0].json["data"]["agentId"] == str(alpha)
    assert (people["channelId"], sorted(people["participants"])) == (str(room.id), sorted([ADA, str(alpha)]))
    assert (removed.status_code, again.status_code) == (200, 404)
    assert _participants(house, room.id) == [ADA]


def test_ten_agents_that_join_at_once_are_all_there(house: House) -> None:
    room = house.room("Ada")
    agents = [str(to_uuid(f"agent {number}")) for number in range(10)]

    def join(agent: str) -> int:
        path = f"{CHANNELS}/{room.id}/agents"
        return int(house.http.post(path, json={"agentId": agent}).status_code)

    at_once(*(lambda agent=agent: join(agent) for agent in agents))

    assert sorted(_participants(house, room.id)) == sorted([ADA, *agents])


def test_a_deleted_channel_takes_its_messages_along(house: House) -> None:
    room = house.room("Ada", "Bob")
    room.says("Ada", "Hi!")

    deleted = house.http.delete(f"{CHANNELS}/{room.id}")

    assert (deleted.status_code, deleted.data) == (204, b"")
    assert room.messages() == []
    assert house.http.get(f"{CHANNELS}/{room.id}/details").status_code == 404
    for gone in (f"{CHANNELS}/{room.id}", room.url):
        again = house.http.delete(gone)
        assert (again.status_code, again.json["error"]) == (404, f"Channel {room.id} not found")


def _participants(house: House, channel_id: UUID | str) -> list[str]:
    found: list[str] = house.http.get(f"{CHANNELS}/{channel_id}/participants").json["data"]
    return found
