"""SignInMethods: what a server that is open, or that nobody may register at, says of itself."""

from tests.house_kit import House

ADA = {"email": "ada@example.org", "username": "ada", "password": "a long password"}


def test_nobody_registers_where_that_is_not_wanted_and_an_open_server_says_that_it_is_open(small_house: House) -> None:
    answer = small_house.http.post("/api/auth/register", json=ADA)

    assert (answer.status_code, answer.json["error"]["code"]) == (403, "REGISTRATION_CLOSED")
    assert small_house.http.get("/api/auth/how").json["data"] == {
        "requiresAuth": False,
        "registration": "closed",
        "methods": ["key"],
    }
    assert small_house.http.get("/api/auth/me").json["data"]["role"] == "operator"


def test_the_first_key_closes_an_open_server_to_whoever_brings_none(small_house: House) -> None:
    http = small_house.http
    made = http.post("/api/keys", json={"name": "mine", "role": "operator"})
    key = {"X-API-KEY": made.json["data"]["key"]}

    assert made.status_code == 201
    assert http.get("/api/agents").status_code == 401
    assert http.get("/api/agents", headers=key).status_code == 200
    assert http.get("/api/auth/how").json["data"]["requiresAuth"]
    assert [one["name"] for one in http.get("/api/keys", headers=key).json["data"]["keys"]] == ["mine"]
