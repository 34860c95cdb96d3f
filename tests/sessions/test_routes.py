"""Sessions over HTTP: what clients of elizaOS send and what they are told."""

from collections.abc import Callable
from datetime import datetime

import pytest
from gevent.event import Event

from eliza.config import SessionSettings
from eliza.ids import new_id
from eliza.llm.errors import ModelRefused
from eliza.testing.clock import FrozenClock
from tests.house_kit import House, frames
from tests.services.waiting import eventually
from tests.sessions.talk import ADA, DEFAULTS, URL, Talk, refusal


def test_a_session_begins_and_is_shown(small_house: House) -> None:
    talk = Talk(small_house, metadata={"platform": "test"})

    begun, shown = talk.begun, talk.info()

    assert begun.keys() == {
        *("sessionId", "channelId", "agentId", "userId", "createdAt", "metadata", "expiresAt", "timeoutConfig")
    }
    assert (begun["agentId"], begun["userId"]) == (str(small_house.eliza), ADA)
    assert (begun["metadata"], begun["timeoutConfig"]) == ({"platform": "test"}, DEFAULTS)
    assert _moment(begun["expiresAt"]) - _moment(begun["createdAt"]) == 30 * 60_000
    assert {key: shown[key] for key in begun} == begun
    assert shown["lastActivity"] == begun["createdAt"]
    assert (shown["renewalCount"], shown["isNearExpiration"]) == (0, False)
    assert 29 * 60_000 < shown["timeRemaining"] <= 30 * 60_000


def test_a_session_needs_an_agent_that_runs(small_house: House) -> None:
    small_house.stop(small_house.eliza)

    for agent in (str(small_house.eliza), str(new_id())):
        refused = small_house.http.post(URL, json={"agentId": agent, "userId": ADA})
        assert refusal(refused, 404, "AGENT_NOT_FOUND")["details"] == {"agentId": agent}


def test_what_is_said_over_http_is_answered_at_once(house: House) -> None:
    house.model.will_say("Hello, Ada.")
    talk = Talk(house)

    answer = talk.says("Hi!", transport="http", metadata={"tags": ["a"]}).json

    assert answer["agentResponse"]["text"] == "Hello, Ada."
    assert answer["userMessage"]["content"] == "Hi!"
    assert answer["userMessage"]["metadata"] == {"tags": ["a"], "sessionId": talk.begun["sessionId"]}
    assert answer["sessionStatus"] == {
        "expiresAt": talk.info()["expiresAt"],
        "renewalCount": 1,
        "wasRenewed": True,
        "isNearExpiration": False,
    }
    assert answer["data"] == {key: answer[key] for key in answer if key != "data"}
    assert answer["success"] is True


def test_what_is_said_over_websocket_is_answered_later(small_house: House) -> None:
    small_house.model.gate = Event()
    talk = Talk(small_house)

    answer = talk.says("Hi!")

    assert answer.status_code == 201
    assert answer.json.keys() == {"success", "userMessage", "sessionStatus", "data"}
    small_house.model.gate.set()
    eventually(lambda: _texts(talk) == ["All right.", "Hi!"])


def test_what_is_said_over_sse_is_answered_in_pieces(small_house: House) -> None:
    small_house.model.will_say(["Hel", "lo, ", "Ada", "."])

    told = frames(Talk(small_house).says("Hi!", mode="stream"))

    assert [payload["type"] for _, payload in told[:1] + told[-1:]] == ["user_message", "complete"]
    assert "".join(payload["chunk"] for name, payload in told if name == "chunk") == "Hello, Ada."
    assert (told[-1][0], told[-1][1]["text"]) == ("done", "Hello, Ada.")
    assert told[-1][1]["sessionStatus"]["wasRenewed"] is True


def test_the_failure_of_the_agent_is_told_and_the_message_kept(small_house: House) -> None:
    small_house.model.will_say(ModelRefused("no more credit"))
    talk = Talk(small_house)

    error = refusal(talk.says("Hi!", transport="http"), 502, "AGENT_FAILED")

    assert "could not answer" in error["message"]
    assert _texts(talk) == ["Hi!"]


def test_an_agent_answers_a_session_even_while_others_are_called(small_house: House) -> None:
    small_house.agent("Bob")

    answer = Talk(small_house).says("Bob, are you there?", transport="http")

    assert answer.json["agentResponse"]["agentName"] == "Eliza"


def test_what_is_said_twice_under_one_key_is_said_once(small_house: House) -> None:
    talk = Talk(small_house)
    say = {"json": {"content": "Hi!"}, "headers": {"Idempotency-Key": "one"}}

    first, second = (small_house.http.post(f"{talk.url}/messages", **say) for _ in range(2))

    assert first.json["userMessage"]["id"] == second.json["userMessage"]["id"]
    assert second.headers["Idempotency-Replayed"] == "true"


def test_an_attachment_comes_with_its_message(small_house: House) -> None:
    talk = Talk(small_house)
    attachments = [{"id": "1", "url": "/media/picture.png"}]

    talk.says("Look!", attachments=attachments)

    assert talk.messages()["messages"][-1]["metadata"]["attachments"] == attachments


def test_the_history_is_read_backwards(house: House) -> None:
    talk = Talk(house)
    _converse(house, talk, 3)

    first = talk.messages(limit=4)
    second = talk.messages(limit=4, before=first["cursors"]["before"])

    assert [message["content"] for message in first["messages"]] == ["Answer 3", "Say 3", "Answer 2", "Say 2"]
    assert [message["content"] for message in second["messages"]] == ["Answer 1", "Say 1"]
    assert (first["hasMore"], second["hasMore"]) == (True, False)
    assert [message["isAgent"] for message in second["messages"]] == [True, False]
    assert second["messages"][0]["authorId"] == str(house.eliza)
    assert second["messages"][0]["metadata"]["actions"] == ["REPLY"]


def test_the_history_is_read_forwards_without_a_gap(small_house: House) -> None:
    talk = Talk(small_house)
    _converse(small_house, talk, 3)
    oldest = talk.messages()["messages"][-1]

    read, after, more = [oldest["content"]], oldest["createdAt"], True
    while more:
        page = talk.messages(limit=2, after=after)
        read += [message["content"] for message in reversed(page["messages"])]
        after, more = page["cursors"]["after"], page["hasMore"]

    assert read == ["Say 1", "Answer 1", "Say 2", "Answer 2", "Say 3", "Answer 3"]


def test_the_history_between_two_moments(small_house: House) -> None:
    talk = Talk(small_house)
    _converse(small_house, talk, 3)
    moments = {message["content"]: message["createdAt"] for message in talk.messages()["messages"]}

    page = talk.messages(after=moments["Say 1"], before=moments["Say 3"])
    cut = talk.messages(after=moments["Say 1"], before=moments["Say 3"], limit=2)

    assert [message["content"] for message in page["messages"]] == ["Answer 2", "Say 2", "Answer 1"]
    assert [message["content"] for message in cut["messages"]] == ["Answer 2", "Say 2"]
    assert (page["hasMore"], cut["hasMore"]) == (False, True)


def test_a_session_is_over_when_its_time_has_passed(open_house: Callable[..., House]) -> None:
    clock = FrozenClock()
    talk = Talk(open_house(clock=clock))
    clock.advance(26 * 60)
    assert talk.info()["isNearExpiration"] is True
    assert talk.info()["timeRemaining"] == 4 * 60_000

    clock.advance(4 * 60)

    calls = [talk.get(), talk.says("Hi!"), talk.post("renew"), talk.post("heartbeat")]
    calls.append(talk.house.http.get(f"{talk.url}/messages"))
    calls.append(talk.house.http.patch(f"{talk.url}/timeout", json={"timeoutMinutes": 60}))
    for call in calls:
        assert refusal(call, 410, "SESSION_EXPIRED")["timestamp"] == "2026-03-01T12:30:00.000Z"
    listed = talk.house.http.get(URL).json
    assert listed == {
        "sessions": [],
        "total": 0,
        "stats": {"totalSessions": 1, "activeSessions": 0, "expiredSessions": 1},
    }


def test_signs_of_life_keep_a_session_going_to_its_longest_duration(open_house: Callable[..., House]) -> None:
    clock = FrozenClock()
    talk = Talk(open_house(clock=clock), timeoutConfig={"timeoutMinutes": 30, "maxDurationMinutes": 70})

    clock.advance(20 * 60)
    assert talk.post("heartbeat").json["expiresAt"] == "2026-03-01T12:50:00.000Z"
    clock.advance(20 * 60)
    assert talk.post("renew").json["expiresAt"] == "2026-03-01T13:10:00.000Z"
    assert talk.info()["renewalCount"] == 2
    clock.advance(20 * 60)
    assert talk.says("Hi!").json["sessionStatus"] == {
        "expiresAt": "2026-03-01T13:10:00.000Z",
        "renewalCount": 2,
        "wasRenewed": False,
        "isNearExpiration": False,
    }
    refusal(talk.post("renew"), 400, "SESSION_RENEWAL_FAILED")


def test_a_heartbeat_does_not_renew_what_is_not_to_be_renewed(open_house: Callable[..., House]) -> None:
    clock = FrozenClock()
    talk = Talk(open_house(clock=clock), timeoutConfig={"autoRenew": False})
    clock.advance(60)

    info = talk.post("heartbeat").json

    assert (info["expiresAt"], info["renewalCount"]) == (talk.begun["expiresAt"], 0)
    assert info["lastActivity"] == "2026-03-01T12:01:00.000Z"
    assert talk.post("renew").json["expiresAt"] == "2026-03-01T12:31:00.000Z"


def test_a_timeout_is_changed_and_the_rest_left_as_it_was(small_house: House) -> None:
    config = {"timeoutMinutes": 60, "autoRenew": False, "maxDurationMinutes": 600, "warningThresholdMinutes": 7}
    talk = Talk(small_house, timeoutConfig=config)

    changed = small_house.http.patch(f"{talk.url}/timeout", json={"timeoutMinutes": 90})

    assert changed.json["timeoutConfig"] == {**config, "timeoutMinutes": 90}
    assert _moment(changed.json["expiresAt"]) - _moment(talk.begun["createdAt"]) == 90 * 60_000
    for wrong in ({"timeoutMinutes": 4}, {"timeoutMinutes": 1441}, {"warningThresholdMinutes": 0}):
        refused = small_house.http.patch(f"{talk.url}/timeout", json=wrong)
        assert refusal(refused, 400, "VALIDATION_ERROR")["details"] == {"field": next(iter(wrong))}
    assert talk.info()["timeoutConfig"]["timeoutMinutes"] == 90


@pytest.mark.parametrize(("said", "meant"), [("true", True), ("false", False), (False, False)])
def test_an_agents_settings_mean_what_they_say(small_house: House, said: object, meant: bool) -> None:
    settings = {"SESSION_AUTO_RENEW": said, "SESSION_TIMEOUT_MINUTES": "45"}
    bob = small_house.agent("Bob", settings=settings)

    talk = Talk(small_house, agentId=str(bob))

    assert talk.begun["timeoutConfig"] == {**DEFAULTS, "timeoutMinutes": 45, "autoRenew": meant}


def test_a_deleted_session_is_gone(small_house: House) -> None:
    talk = Talk(small_house)
    talk.says("Hi!", transport="http")

    deleted = small_house.http.delete(talk.url)

    message = {"success": True, "message": f"Session {talk.begun['sessionId']} deleted"}
    assert (deleted.status_code, deleted.json) == (200, {**message, "data": message})
    refusal(talk.get(), 404, "SESSION_NOT_FOUND")
    refusal(small_house.http.delete(talk.url), 404, "SESSION_NOT_FOUND")
    assert small_house.http.get(f"/api/messaging/channels/{talk.begun['channelId']}/details").status_code == 404


def test_sessions_are_listed_page_by_page(house: House) -> None:
    begun = [Talk(house).begun["sessionId"] for _ in range(3)]

    first = house.http.get(f"{URL}?limit=2")
    second = house.http.get(f"{URL}?limit=2&cursor={first.headers['X-Next-Cursor']}")

    listed = [session["sessionId"] for page in (first, second) for session in page.json["sessions"]]
    assert sorted(listed) == sorted(begun)
    assert (first.headers["X-Total-Count"], first.json["total"]) == ("3", 3)
    assert first.json["stats"] == {"totalSessions": 3, "activeSessions": 3, "expiredSessions": 0}


def test_the_health_of_sessions(house: House) -> None:
    Talk(house)
    Talk(house, timeoutConfig={"timeoutMinutes": 5})

    health = house.http.get(f"{URL}/health").json

    assert health.keys() == {"status", "activeSessions", "timestamp", "expiringSoon", "uptime"}
    assert (health["status"], health["activeSessions"], health["expiringSoon"]) == ("healthy", 2, 1)


def test_sessions_outlive_the_server(open_house: Callable[..., House]) -> None:
    house = open_house()
    talk = Talk(house, metadata={"platform": "test"})
    talk.says("Hi!", transport="http")
    before = talk.info()
    house.close()

    talk.house = open_house()

    after = talk.info()
    assert {**after, "timeRemaining": 0} == {**before, "timeRemaining": 0}
    assert _texts(talk) == ["All right.", "Hi!"]
    assert talk.says("Still there?", transport="http").json["agentResponse"]["text"] == "All right."


def test_sessions_end_with_the_server_if_they_are_to(open_house: Callable[..., House]) -> None:
    house = open_house(sessions=SessionSettings(end_on_shutdown=True))
    talk = Talk(house)
    house.close()

    talk.house = open_house()

    refusal(talk.get(), 410, "SESSION_EXPIRED")


def _converse(house: House, talk: Talk, rounds: int) -> None:
    for number in range(1, rounds + 1):
        house.model.will_say(f"Answer {number}")
        talk.says(f"Say {number}", transport="http")


def _texts(talk: Talk) -> list[str]:
    return [message["content"] for message in talk.messages()["messages"]]


def _moment(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)
