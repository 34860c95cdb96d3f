"""Jobs of several people: each has their own, and asks for nobody else."""

import pytest

from tests.hidden import require_hidden
from tests.house_kit import Client, House, Json, id_of

URL = "/api/messaging/jobs"


@pytest.fixture(scope="module")
def adas(lasting_house: House, ada: Client) -> str:
    """A question that Ada has asked."""
    asked = ada.post(URL, json=_question("Ada"))
    assert asked.status_code == 201, asked.text
    job_id: str = asked.json["jobId"]
    return job_id


def test_a_job_of_somebody_else_is_not_there(ada: Client, bob: Client, adas: str) -> None:
    require_hidden(bob, f"{URL}/{{}}", adas)
    assert ada.get(f"{URL}/{adas}").json["prompt"] == "Will it rain?"


def test_everybody_is_shown_and_counted_their_own(lasting_house: House, ada: Client, bob: Client, adas: str) -> None:
    bobs = [bob.post(URL, json=_question("Bob")).json["jobId"] for _ in range(2)]

    listed = bob.get(f"{URL}?limit=1")
    rest = bob.get(f"{URL}?cursor={listed.headers['X-Next-Cursor']}")

    assert sorted(job["jobId"] for page in (listed, rest) for job in page.json["jobs"]) == sorted(bobs)
    assert (listed.json["total"], listed.json["filtered"], listed.headers["X-Total-Count"]) == (2, 2, "2")
    assert [job["jobId"] for job in ada.get(URL).json["jobs"]] == [adas]
    counted = [client.get(f"{URL}/health").json["totalJobs"] for client in (ada, bob, lasting_house.http)]
    assert counted == [1, 2, 3]


def test_nobody_asks_for_somebody_else(lasting_house: House, bob: Client) -> None:
    refused = bob.post(URL, json=_question("Ada"))

    assert (refused.status_code, refused.json["code"]) == (403, "NOT_YOURSELF")


def test_a_key_that_may_act_for_others_asks_for_them(lasting_house: House) -> None:
    bridge = lasting_house.as_("Bridge", scopes=["act-as", "jobs:write", "jobs:read"])

    asked = bridge.post(URL, json=_question("Carl")).json["jobId"]

    assert bridge.get(f"{URL}/{asked}").status_code == 404
    assert bridge.get(f"{URL}/{asked}", headers={"X-Entity-Id": str(id_of("Carl"))}).status_code == 200


def _question(person: str) -> Json:
    return {"userId": str(id_of(person)), "content": "Will it rain?"}
