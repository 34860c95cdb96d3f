"""Two people, one server: whatever one of them does, the other finds nothing of it."""

from tests.hidden import require_hidden
from tests.house_kit import House, Json, id_of
from tests.media.sending import form_of, png, uploaded

SESSIONS, JOBS = "/api/messaging/sessions", "/api/messaging/jobs"


def test_what_one_does_the_other_does_not_find(house: House) -> None:
    ada, bob, agent = house.as_("Ada"), house.as_("Bob"), f"/api/agents/{house.eliza}"
    mine: Json = {"agentId": str(house.eliza), "userId": str(id_of("Ada"))}
    session = ada.post(SESSIONS, json=mine).json
    job = ada.post(JOBS, json={**mine, "content": "Will it rain?"}).json["jobId"]
    file = uploaded(ada.post(f"/api/media/agents/{house.eliza}/upload-media", **form_of(png())))
    shown = {"content": "Look!", "attachments": [{"url": file["url"]}], "transport": "http"}
    assert ada.post(f"{SESSIONS}/{session['sessionId']}/messages", json=shown).status_code == 201

    lists = {"sessions": SESSIONS, "jobs": JOBS, "rooms": f"{agent}/rooms", "memories": f"{agent}/memories"}
    found = {what: tuple(bool(_listed(one.get(path).json, what)) for one in (ada, bob)) for what, path in lists.items()}

    assert found == dict.fromkeys(lists, (True, False))
    require_hidden(bob, f"{SESSIONS}/{{}}", session["sessionId"])
    require_hidden(bob, f"{JOBS}/{{}}", job)
    require_hidden(bob, f"{agent}/rooms/{{}}/memories", session["channelId"])
    require_hidden(bob, f"/media/uploads/agents/{house.eliza}/{{}}", file["filename"])
    assert ada.get(file["url"]).data == png()


def test_who_is_let_in_finds_what_is_there(house: House) -> None:
    bob, room = house.as_("Bob"), house.room("Ada", "Bob", house.eliza)
    file = uploaded(house.as_("Ada").post(f"/api/media/agents/{house.eliza}/upload-media", **form_of(png())))
    shown = {"raw_message": {"attachments": [{"url": file["url"]}]}}
    assert house.as_("Ada").post(room.url, json={"content": "Look!", "transport": "http", **shown}).status_code == 201
    path = f"/api/agents/{house.eliza}/rooms/{room.id}/memories"

    assert bob.get(file["url"]).data == png()
    assert "Look!" in bob.get(path).text
    house.http.delete(f"/api/messaging/channels/{room.id}/participants/{id_of('Bob')}")

    assert [bob.get(address).status_code for address in (file["url"], path)] == [404, 404]


def _listed(told: Json, what: str) -> list[Json]:
    found: list[Json] = told.get("data", told)[what]
    return found
