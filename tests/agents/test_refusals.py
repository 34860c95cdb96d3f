"""Refusals of agents: characters that cannot be, and agents that are not there."""

from typing import Any
from uuid import UUID

import pytest

from eliza.ids import to_uuid
from tests.house_kit import House

NOBODY = str(to_uuid("nobody"))


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "VALIDATION_ERROR"),
        ({"characterJson": "Alpha"}, "VALIDATION_ERROR"),
        ({"characterJson": {"bio": "Nameless."}}, "INVALID_CHARACTER"),
        ({"characterJson": {"name": " ", "bio": "Nameless."}}, "INVALID_CHARACTER"),
        ({"characterJson": {"name": "Alpha"}}, "INVALID_CHARACTER"),
        ({"characterJson": {"name": "Alpha", "bio": 7}}, "INVALID_CHARACTER"),
        ({"characterJson": {"name": "Alpha", "bio": "x", "id": "alpha"}}, "INVALID_CHARACTER"),
        ({"characterJson": {"name": "Alpha", "bio": "x", "topics": {"letters": True}}}, "INVALID_CHARACTER"),
        ({"characterJson": {"name": "Alpha", "bio": "x", "id": str(UUID(int=0))}}, "INVALID_CHARACTER"),
        (
            {"characterJson": {"name": "Alpha", "bio": "x", "id": "F" * 8 + "-FFFF-FFFF-FFFF-" + "F" * 12}},
            "INVALID_CHARACTER",
        ),
        ({"characterJson": {"name": "f" * 8 + "-ffff-ffff-ffff-" + "f" * 12, "bio": "x"}}, "INVALID_CHARACTER"),
        ({"characterJson": {"name": "N" * 201, "bio": "x"}}, "INVALID_CHARACTER"),
        ({"characterJson": {"name": "Alpha", "username": "n" * 201, "bio": "x"}}, "INVALID_CHARACTER"),
        ({"characterPath": "../../etc/passwd"}, "VALIDATION_ERROR"),
        ({"characterPath": "/etc/passwd"}, "VALIDATION_ERROR"),
        ({"characterPath": "not-there.json"}, "UNREADABLE_CHARACTER"),
        ({"characterPath": "http://127.0.0.1:1/character.json"}, "FORBIDDEN_ADDRESS"),
        ({"characterPath": "http://169.254.169.254/latest/meta-data/"}, "FORBIDDEN_ADDRESS"),
        ({"characterPath": "FILE:///etc/passwd"}, "FORBIDDEN_ADDRESS"),
        ({"characterPath": "gopher://127.0.0.1:6379/_x"}, "FORBIDDEN_ADDRESS"),
        ({"characterPath": ""}, "UNREADABLE_CHARACTER"),
    ],
)
def test_a_character_that_cannot_be_is_refused(lasting_house: House, body: dict[str, Any], code: str) -> None:
    refused = lasting_house.http.post("/api/agents", json=body)

    assert refused.status_code == 400
    assert (refused.json["success"], refused.json["error"]["code"]) == (False, code)
    assert len(lasting_house.server.agents) == 1


def test_an_agent_is_not_given_a_name_without_end(lasting_house: House) -> None:
    path = f"/api/agents/{lasting_house.eliza}"

    refused = lasting_house.http.patch(path, json={"username": "n" * 201})

    assert (refused.status_code, refused.json["error"]["code"]) == (400, "INVALID_CHARACTER")
    assert lasting_house.http.get(path).json["data"]["username"] != "n" * 201


@pytest.mark.parametrize(
    ("method", "path"), [("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/start"), ("POST", "/stop")]
)
def test_an_agent_that_is_not_there_is_said_to_be_missing(lasting_house: House, method: str, path: str) -> None:
    body = {"system": "x"} if method == "PATCH" else None

    missing = lasting_house.http.open(f"/api/agents/{NOBODY}{path}", method=method, json=body)
    nonsense = lasting_house.http.open(f"/api/agents/alpha{path}", method=method, json=body)

    assert (missing.status_code, missing.json) == (
        404,
        {"success": False, "error": {"code": "NOT_FOUND", "message": f"Agent {NOBODY} not found"}},
    )
    assert (nonsense.status_code, nonsense.json["error"]["code"]) == (400, "INVALID_ID")
