"""Sessions over HTTP: what clients of elizaOS send and what they are told."""

from collections.abc import Callable

from eliza.config import SessionSettings
from tests.house_kit import House
from tests.sessions.talk import URL, Talk, refusal


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
    assert answer["data"].items() >= {key: answer[key] for key in answer if key != "data"}.items()
    assert answer["success"] is True


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
    talk.asks("Hi!")
    before = talk.info()
    house.close()

    talk.house = open_house()

    after = talk.info()
    assert {**after, "timeRemaining": 0} == {**before, "timeRemaining": 0}
    assert talk.texts() == ["All right.", "Hi!"]
    assert talk.asks("Still there?").json["agentResponse"]["text"] == "All right."


def test_sessions_end_with_the_server_if_they_are_to(open_house: Callable[..., House]) -> None:
    house = open_house(sessions=SessionSettings(end_on_shutdown=True))
    talk = Talk(house)
    house.close()

    talk.house = open_house()

    refusal(talk.get(), 410, "SESSION_EXPIRED")
