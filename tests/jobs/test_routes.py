"""Jobs over HTTP: a question is put, and its answer fetched."""

from collections.abc import Callable
from typing import Any

from gevent.event import Event

from eliza.ids import DEFAULT_MESSAGE_SERVER, new_id
from eliza.llm.errors import ModelRefused
from eliza.testing.clock import FrozenClock
from tests.house_kit import Answer, House, Json, id_of
from tests.services.waiting import eventually

URL = "/api/messaging/jobs"
ADA = str(id_of("Ada"))


def test_a_question_is_answered(house: House) -> None:
    house.model.will_say("Fine, thanks.")

    created = _create(house, content="How are you?", metadata={"from": "a test"})
    job = _over(house, created)

    assert created.keys() == {"jobId", "status", "createdAt", "expiresAt"}
    assert (created["status"], created["expiresAt"] - created["createdAt"]) == ("processing", 30_000)
    result = job.pop("result")
    assert job == {
        "jobId": created["jobId"],
        "status": "completed",
        "agentId": str(house.eliza),
        "userId": ADA,
        "prompt": "How are you?",
        "createdAt": created["createdAt"],
        "expiresAt": created["expiresAt"],
        "metadata": {"from": "a test"},
    }
    message = result["message"]
    assert message.keys() == {"id", "content", "authorId", "createdAt", "metadata"}
    assert (message["content"], message["authorId"]) == ("Fine, thanks.", str(house.eliza))
    assert 0 <= result["processingTimeMs"] <= message["createdAt"] - created["createdAt"] + 1000


def test_a_job_fails_with_the_reason(small_house: House) -> None:
    small_house.model.will_say(ModelRefused("no more credit"))

    job = _over(small_house, _create(small_house))

    assert (job["status"], "result" in job) == ("failed", False)
    assert "no more credit" in job["error"]


def test_a_job_times_out_for_good(open_house: Callable[..., House]) -> None:
    clock = FrozenClock()
    house = open_house(clock=clock)
    house.model.gate = Event()
    created = _create(house, timeoutMs=1000)
    assert _get(house, created)["status"] == "processing"

    clock.advance(1)

    late = _get(house, created)
    assert (late["status"], late["error"]) == ("timeout", "The agent did not answer in time")
    clock.advance(1)
    house.model.gate.set()
    (room,) = house.http.get(f"/api/messaging/message-servers/{DEFAULT_MESSAGE_SERVER}/channels").json["data"][
        "channels"
    ]
    history = f"/api/messaging/channels/{room['id']}/messages"
    eventually(lambda: len(house.http.get(history).json["data"]["messages"]) == 2)
    assert _get(house, created) == late


def test_the_first_agent_that_runs_is_asked_unless_one_is_named(small_house: House) -> None:
    bob = small_house.agent("Bob")

    unnamed, named = _create(small_house), _create(small_house, agentId=str(small_house.eliza))

    assert _get(small_house, unnamed)["agentId"] == str(bob)
    assert _get(small_house, named)["agentId"] == str(small_house.eliza)


def test_without_an_agent_that_runs_there_is_no_job(small_house: House) -> None:
    small_house.stop(small_house.eliza)

    for agent in ({}, {"agentId": str(small_house.eliza)}, {"agentId": str(new_id())}):
        _refused(_post(small_house, content="Hi!", **agent), 404, "AGENT_NOT_FOUND")
    assert small_house.http.get(URL).json == {"jobs": [], "total": 0, "filtered": 0}


def test_jobs_are_listed_by_how_they_stand(house: House) -> None:
    house.model.will_say("Fine.", ModelRefused("no more credit"), "Fine.")
    for _ in range(3):
        _over(house, _create(house))

    all_of_them, failed = house.http.get(URL).json, house.http.get(f"{URL}?status=failed").json

    assert [job["status"] for job in all_of_them["jobs"]] == ["completed", "failed", "completed"]
    assert (all_of_them["total"], all_of_them["filtered"]) == (3, 3)
    assert failed == {"jobs": [all_of_them["jobs"][1]], "total": 3, "filtered": 1}
    first = house.http.get(f"{URL}?limit=2")
    second = house.http.get(f"{URL}?limit=2&cursor={first.headers['X-Next-Cursor']}")
    assert first.json["jobs"] + second.json["jobs"] == all_of_them["jobs"]
    assert house.http.get(f"{URL}?status=lost").status_code == 400


def test_the_health_of_jobs(house: House) -> None:
    house.model.will_say("Fine.", ModelRefused("no more credit"))
    for _ in range(2):
        _over(house, _create(house))

    health = house.http.get(f"{URL}/health").json

    assert health.pop("timestamp") > 0
    assert health["metrics"].pop("averageProcessingTimeMs") >= 0
    assert health == {
        "healthy": True,
        "totalJobs": 2,
        "statusCounts": {"pending": 0, "processing": 0, "completed": 1, "failed": 1, "timeout": 0},
        "metrics": {"successRate": 0.5, "failureRate": 0.5, "timeoutRate": 0},
        "maxJobs": 10_000,
    }


def test_jobs_outlive_the_server(open_house: Callable[..., House]) -> None:
    house = open_house()
    answered = _over(house, _create(house))
    house.model.gate = Event()
    waiting = _create(house, timeoutMs=300_000)
    house.close()

    again = open_house()

    assert _get(again, answered) == answered
    assert _over(again, waiting)["result"]["message"]["content"] == "All right."


def _post(house: House, **body: Any) -> Answer:
    return house.http.post(URL, json={"userId": ADA, **body})


def _create(house: House, **body: Any) -> Json:
    created = _post(house, **{"content": "How are you?", **body})
    assert created.status_code == 201, created.text
    shown: Json = created.json
    return shown


def _get(house: House, job: Json) -> Json:
    shown: Json = house.http.get(f"{URL}/{job['jobId']}").json
    return shown


def _over(house: House, job: Json) -> Json:
    """The job, once it is over."""
    eventually(lambda: _get(house, job)["status"] != "processing")
    return _get(house, job)


def _refused(answer: Answer, status: int, code: str) -> Json:
    assert (answer.status_code, answer.json["success"], answer.json["code"]) == (status, False, code), answer.text
    refusal: Json = answer.json
    return refusal
