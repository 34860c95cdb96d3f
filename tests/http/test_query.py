"""Queries: what stands behind the question mark is checked, and brought within bounds."""

from uuid import uuid4

import pytest

from tests.house_kit import House, Room


@pytest.fixture(scope="module")
def room(lasting_house: House) -> Room:
    room = lasting_house.room("Ada", "Bob")
    for text in ("one", "two", "three"):
        room.says("Ada", text)
    return room


@pytest.mark.parametrize(
    ("query", "texts"),
    [
        ("", ["three", "two", "one"]),
        ("limit=2", ["three", "two"]),
        ("limit=0", ["three"]),
        ("limit=-5", ["three"]),
        ("limit=100000", ["three", "two", "one"]),
        ("limit=", ["three", "two", "one"]),
        ("after_seq=1&limit=1", ["two"]),
        ("before_seq=2", ["one"]),
        (f"before_seq={10**30}", ["three", "two", "one"]),
        ("before=2000-01-01T00:00:00Z", []),
        ("before=946684800000", []),
        (f"before={10**30}", ["three", "two", "one"]),
        ("before=2999-01-01", ["three", "two", "one"]),
        ("after=2000-01-01", ["three", "two", "one"]),
        ("after=2999-01-01", []),
        ("limit=2&page=2", ["one"]),
        ("limit=1&offset=1", ["two"]),
        (f"page={10**30}", []),
        ("before=Sat Jan 01 2000 01:00:00 GMT%2B0100 (Central European Standard Time)", []),
        ("unknown=1", ["three", "two", "one"]),
    ],
)
def test_a_history_is_read_by_number_and_by_moment(
    lasting_house: House, room: Room, query: str, texts: list[str]
) -> None:
    answer = lasting_house.http.get(f"/api/messaging/channels/{room.id}/messages?{query}")

    assert [message["content"] for message in answer.json["data"]["messages"]] == texts


@pytest.mark.parametrize(
    "query", ["limit=many", "limit=1.5", "before=soon", "before=GMT", "before_seq=-1", "after_seq=x", "limit=%00"]
)
def test_what_cannot_be_read_is_refused_by_its_name(lasting_house: House, room: Room, query: str) -> None:
    refused = lasting_house.http.get(f"/api/messaging/channels/{room.id}/messages?{query}")

    assert (refused.status_code, refused.json["details"]) == (400, {"field": query.partition("=")[0]})


def test_a_list_comes_in_pages_that_lead_from_one_to_the_next(house: House) -> None:
    server = house.http.post("/api/messaging/message-servers", json={"name": "Mill", "sourceType": "test"}).json["data"]
    names = [f"channel {number}" for number in range(5)]
    for name in names:
        house.http.post("/api/messaging/channels", json={"name": name, "message_server_id": server["id"]})

    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = house.http.get(f"/api/messaging/message-servers/{server['id']}/channels?limit=2&cursor={cursor}")
        assert page.headers["X-Total-Count"] == "5"
        seen += [channel["name"] for channel in page.json["data"]["channels"]]
        cursor = page.headers.get("X-Next-Cursor")

    assert seen == names


@pytest.mark.parametrize("cursor", ["nonsense", "W10", "WzEsMl0", "WyJ4IiwgMV0", "ü", "bnVsbA"])
def test_a_cursor_of_no_list_is_refused(small_house: House, cursor: str) -> None:
    refused = small_house.http.get(f"/api/messaging/message-servers?cursor={cursor}")

    assert (refused.status_code, refused.json["details"]) == (400, {"field": "cursor"})


def test_a_list_that_has_not_changed_is_not_sent_again(house: House) -> None:
    first = house.http.get("/api/agents")

    again = house.http.get("/api/agents", headers={"If-None-Match": first.headers["ETag"]})
    house.agent(f"Newcomer {uuid4()}")
    changed = house.http.get("/api/agents", headers={"If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.data) == (304, b"")
    assert changed.status_code == 200
