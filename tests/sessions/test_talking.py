"""What is said in a session, and what is told of it."""

import pytest
from gevent.event import Event

from eliza.ids import new_id
from eliza.llm.errors import ModelRefused
from tests.house_kit import House, frames
from tests.services.waiting import eventually
from tests.sessions.talk import ADA, DEFAULTS, URL, Talk, refusal


def test_a_session_begins_and_is_shown(lasting_house: House) -> None:
    talk = Talk(lasting_house, metadata={"platform": "test"})

    begun, shown = talk.begun, talk.info()

    assert begun.keys() == {
        *("sessionId", "channelId", "agentId", "userId", "createdAt", "metadata", "expiresAt", "timeoutConfig")
    }
    assert (begun["agentId"], begun["userId"]) == (str(lasting_house.eliza), ADA)
    assert (begun["metadata"], begun["timeoutConfig"]) == ({"platform": "test"}, DEFAULTS)
    assert begun["expiresAt"] == talk.moment(30)
    assert {key: shown[key] for key in begun} == begun
    assert shown["lastActivity"] == begun["createdAt"]
    assert (shown["renewalCount"], shown["isNearExpiration"]) == (0, False)
    assert 29 * 60_000 < shown["timeRemaining"] <= 30 * 60_000


def test_a_session_needs_an_agent_that_runs(lasting_house: House) -> None:
    stopped = lasting_house.agent("Bob", start=False)

    for agent in (str(stopped), str(new_id())):
        refused = lasting_house.http.post(URL, json={"agentId": agent, "userId": ADA})
        assert agent in refusal(refused, 404, "AGENT_NOT_FOUND")["message"]


def test_what_is_said_over_websocket_is_answered_later(lasting_house: House) -> None:
    lasting_house.model.gate = Event()
    talk = Talk(lasting_house)

    answer = talk.says("Hi!")

    assert answer.status_code == 201
    assert answer.json.keys() == {"success", "userMessage", "sessionStatus", "data"}
    lasting_house.model.gate.set()
    lasting_house.model.gate = None
    eventually(lambda: talk.texts() == ["All right.", "Hi!"])


def test_what_is_said_over_sse_is_answered_in_pieces(lasting_house: House) -> None:
    lasting_house.model.will_say(["Hel", "lo, ", "Ada", "."])

    told = frames(Talk(lasting_house).says("Hi!", mode="stream"))

    assert [payload["type"] for _, payload in told[:1] + told[-1:]] == ["user_message", "complete"]
    assert "".join(payload["chunk"] for name, payload in told if name == "chunk") == "Hello, Ada."
    assert (told[-1][0], told[-1][1]["text"]) == ("done", "Hello, Ada.")
    assert told[-1][1]["sessionStatus"]["wasRenewed"] is True


def test_the_failure_of_the_agent_is_told_and_the_message_kept(lasting_house: House) -> None:
    lasting_house.model.will_say(ModelRefused("no more credit"))
    talk = Talk(lasting_house)

    error = refusal(talk.asks("Hi!"), 502, "AGENT_FAILED")

    assert "could not answer" in error["message"]
    assert talk.texts() == ["Hi!"]


def test_an_agent_answers_a_session_even_while_others_are_called(lasting_house: House) -> None:
    lasting_house.agent("Eve")

    answer = Talk(lasting_house).says("Eve, are you there?", transport="http")

    assert answer.json["agentResponse"]["agentName"] == "Eliza"


def test_what_is_said_twice_under_one_key_is_said_once(lasting_house: House) -> None:
    talk = Talk(lasting_house)
    say = {"json": {"content": "Hi!"}, "headers": {"Idempotency-Key": "one"}}

    first, second = (lasting_house.http.post(f"{talk.url}/messages", **say) for _ in range(2))

    assert first.json["userMessage"]["id"] == second.json["userMessage"]["id"]
    assert second.headers["Idempotency-Replayed"] == "true"


def test_an_attachment_comes_with_its_message(lasting_house: House) -> None:
    talk = Talk(lasting_house)
    attachments = [{"id": "1", "url": "/media/picture.png"}]

    talk.says("Look!", attachments=attachments)

    assert talk.messages()["messages"][-1]["metadata"]["attachments"] == attachments


def test_the_history_is_read_backwards(lasting_house: House) -> None:
    talk = Talk(lasting_house)
    talk.goes_on(3)

    first = talk.messages(limit=4)
    second = talk.messages(limit=4, before=first["cursors"]["before"])

    assert [message["content"] for message in first["messages"]] == ["Answer 3", "Say 3", "Answer 2", "Say 2"]
    assert [message["content"] for message in second["messages"]] == ["Answer 1", "Say 1"]
    assert (first["hasMore"], second["hasMore"]) == (True, False)
    assert [message["isAgent"] for message in second["messages"]] == [True, False]
    assert second["messages"][0]["authorId"] == str(lasting_house.eliza)
    assert second["messages"][0]["metadata"]["actions"] == ["REPLY"]


def test_the_history_is_read_forwards_without_a_gap(lasting_house: House) -> None:
    talk = Talk(lasting_house)
    talk.goes_on(3)
    oldest = talk.messages()["messages"][-1]

    read, after, more = [oldest["content"]], oldest["createdAt"], True
    while more:
        page = talk.messages(limit=2, after=after)
        read += [message["content"] for message in reversed(page["messages"])]
        after, more = page["cursors"]["after"], page["hasMore"]

    assert read == ["Say 1", "Answer 1", "Say 2", "Answer 2", "Say 3", "Answer 3"]


def test_the_history_between_two_moments(lasting_house: House) -> None:
    talk = Talk(lasting_house)
    talk.goes_on(3)
    moments = {message["content"]: message["createdAt"] for message in talk.messages()["messages"]}

    page = talk.messages(after=moments["Say 1"], before=moments["Say 3"])
    cut = talk.messages(after=moments["Say 1"], before=moments["Say 3"], limit=2)

    assert [message["content"] for message in page["messages"]] == ["Answer 2", "Say 2", "Answer 1"]
    assert [message["content"] for message in cut["messages"]] == ["Answer 2", "Say 2"]
    assert (page["hasMore"], cut["hasMore"]) == (False, True)


def test_a_timeout_is_changed_and_the_rest_left_as_it_was(lasting_house: House) -> None:
    config = {"timeoutMinutes": 60, "autoRenew": False, "maxDurationMinutes": 600, "warningThresholdMinutes": 7}
    talk = Talk(lasting_house, timeoutConfig=config)

    changed = lasting_house.http.patch(f"{talk.url}/timeout", json={"timeoutMinutes": 90})

    assert changed.json["timeoutConfig"] == {**config, "timeoutMinutes": 90}
    assert changed.json["expiresAt"] == talk.moment(90)
    for wrong in ({"timeoutMinutes": 4}, {"timeoutMinutes": 1441}, {"warningThresholdMinutes": 0}):
        refused = lasting_house.http.patch(f"{talk.url}/timeout", json=wrong)
        assert refusal(refused, 400, "VALIDATION_ERROR")["details"] == {"field": next(iter(wrong))}
    assert talk.info()["timeoutConfig"]["timeoutMinutes"] == 90


@pytest.mark.parametrize(("said", "meant"), [("true", True), ("false", False), (False, False)])
def test_an_agents_settings_mean_what_they_say(lasting_house: House, said: object, meant: bool) -> None:
    settings = {"SESSION_AUTO_RENEW": said, "SESSION_TIMEOUT_MINUTES": "45"}
    agent = lasting_house.agent(f"One who says {said!r}", settings=settings)

    talk = Talk(lasting_house, agentId=str(agent))

    assert talk.begun["timeoutConfig"] == {**DEFAULTS, "timeoutMinutes": 45, "autoRenew": meant}


def test_a_deleted_session_is_gone(lasting_house: House) -> None:
    talk = Talk(lasting_house)
    talk.asks("Hi!")

    deleted = lasting_house.http.delete(talk.url)

    message = {"success": True, "message": f"Session {talk.begun['sessionId']} deleted"}
    assert (deleted.status_code, deleted.json) == (200, {**message, "data": message})
    refusal(talk.get(), 404, "SESSION_NOT_FOUND")
    refusal(lasting_house.http.delete(talk.url), 404, "SESSION_NOT_FOUND")
    assert lasting_house.http.get(f"/api/messaging/channels/{talk.begun['channelId']}/details").status_code == 404
