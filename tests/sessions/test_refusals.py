"""What sessions refuse, and how they bring wishes within bounds."""

from uuid import UUID

import pytest

from tests.house_kit import House, Json
from tests.sessions.talk import ADA, DEFAULTS, URL, Talk, refusal


@pytest.mark.parametrize(
    ("wished", "granted"),
    [
        ({"timeoutMinutes": 1, "warningThresholdMinutes": 0}, {"timeoutMinutes": 5, "warningThresholdMinutes": 1}),
        ({"timeoutMinutes": 9999}, {"timeoutMinutes": 1440, "maxDurationMinutes": 1440}),
        ({"timeoutMinutes": None, "autoRenew": None}, {}),
        ({"timeoutMinutes": "60", "autoRenew": "false"}, {"timeoutMinutes": 60, "autoRenew": False}),
        ({"maxDurationMinutes": 5000}, {"maxDurationMinutes": 2880}),
        ({"timeoutMinutes": 7.5}, {"timeoutMinutes": 7.5}),
    ],
)
def test_wishes_are_granted_within_bounds(lasting_house: House, wished: Json, granted: Json) -> None:
    assert Talk(lasting_house, timeoutConfig=wished).begun["timeoutConfig"] == {**DEFAULTS, **granted}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"userId": ADA}, "agentId"),
        ({"agentId": ADA}, "userId"),
        ({"agentId": "Eliza", "userId": ADA}, "agentId"),
        ({"agentId": ADA, "userId": ADA}, "userId"),
        ({"agentId": ADA, "userId": ADA, "metadata": {"long": "x" * 10_240}}, "metadata"),
        ({"agentId": ADA, "userId": ADA, "metadata": "text"}, "metadata"),
        ({"agentId": ADA, "userId": ADA, "timeoutConfig": {"timeoutMinutes": "soon"}}, "timeoutConfig"),
        ({"agentId": ADA, "userId": ADA, "timeoutConfig": {"timeoutMinutes": "Infinity"}}, "timeoutConfig"),
    ],
)
def test_a_session_that_cannot_be_is_refused_by_the_field(lasting_house: House, body: Json, field: str) -> None:
    refused = lasting_house.http.post(URL, json=body)

    error = refusal(refused, 400, "VALIDATION_ERROR")
    assert error["details"]["field"].startswith(field)
    assert error["message"].startswith(field)


@pytest.mark.parametrize("session", [str(UUID(int=7)), "nonexistent"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        *[("GET", ""), ("DELETE", ""), ("GET", "/messages"), ("POST", "/messages")],
        *[("POST", "/renew"), ("POST", "/heartbeat"), ("PATCH", "/timeout")],
    ],
)
def test_a_session_that_nobody_began_is_not_found(lasting_house: House, session: str, method: str, path: str) -> None:
    body = None if method in {"GET", "DELETE"} else {"content": "Hi!"}

    answer = lasting_house.http.open(f"{URL}/{session}{path}", method=method, json=body)

    assert refusal(answer, 404, "SESSION_NOT_FOUND")["details"] == {"sessionId": session}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "content"),
        ({"content": ""}, "content"),
        ({"content": " "}, "content"),
        ({"content": {"text": "Hi!"}}, "content"),
        ({"content": "x" * 4001}, "content"),
        ({"content": "Hi!", "metadata": {"long": "x" * 10_240}}, "metadata"),
        ({"content": "Hi!", "transport": "pigeon"}, "transport"),
    ],
)
def test_a_message_that_cannot_be_is_refused_by_the_field(lasting_house: House, body: Json, field: str) -> None:
    talk = Talk(lasting_house)

    assert refusal(talk.post("messages", **body), 400, "VALIDATION_ERROR")["message"].startswith(field)
    assert talk.info()["renewalCount"] == 0


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59.999999Z", "0", "99999999999999999"])
def test_the_edges_of_time_are_moments_too(lasting_house: House, moment: str) -> None:
    talk = Talk(lasting_house)

    assert talk.messages(after=moment) == {"messages": [], "hasMore": False}
    assert talk.messages(before=moment) == {"messages": [], "hasMore": False}


@pytest.mark.parametrize("query", [{"limit": "many"}, {"before": "yesterday"}, {"after": "later"}])
def test_a_page_that_cannot_be_is_refused_by_the_field(lasting_house: House, query: Json) -> None:
    answer = lasting_house.http.get(f"{Talk(lasting_house).url}/messages", query_string=query)

    assert refusal(answer, 400, "VALIDATION_ERROR")["details"] == {"field": next(iter(query))}
