"""What jobs refuse."""

import pytest

from eliza.ids import new_id
from tests.house_kit import Answer, House, Json, id_of

URL = "/api/messaging/jobs"
ADA, ELIZA = str(id_of("Ada")), str(id_of("Eliza"))


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"content": "Hi!", "userId": None}, "userId"),
        ({"content": "Hi!", "userId": "Ada"}, "userId"),
        ({}, "content"),
        ({"content": ""}, "content"),
        ({"content": " "}, "content"),
        ({"content": "x" * 50_001}, "content"),
        ({"content": "Hi!", "agentId": "Eliza"}, "agentId"),
        ({"content": "Hi!", "userId": ELIZA}, "userId"),
        ({"content": "Hi!", "metadata": {"long": "x" * 10_000}}, "metadata"),
        ({"content": "Hi!", "timeoutMs": 999}, "timeoutMs"),
        ({"content": "Hi!", "timeoutMs": 300_001}, "timeoutMs"),
    ],
)
def test_a_job_that_cannot_be_is_refused_by_the_field(lasting_house: House, body: Json, field: str) -> None:
    refused = _refused(lasting_house.http.post(URL, json={"userId": ADA, **body}), 400, "VALIDATION_ERROR")

    assert refused["error"].startswith(field)
    assert lasting_house.http.get(URL).json["total"] == 0


@pytest.mark.parametrize("job", [str(new_id()), "nonexistent"])
def test_a_job_that_nobody_asked_for_is_not_found(lasting_house: House, job: str) -> None:
    assert job in _refused(lasting_house.http.get(f"{URL}/{job}"), 404, "JOB_NOT_FOUND")["error"]


def _refused(answer: Answer, status: int, code: str) -> Json:
    assert (answer.status_code, answer.json["success"], answer.json["code"]) == (status, False, code), answer.text
    refusal: Json = answer.json
    return refusal
