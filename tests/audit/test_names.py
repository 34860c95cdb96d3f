"""Names: the audit log calls people by what they came with, and variables by no more than their names."""

from pathlib import Path

from tests.house_kit import Client, House, Json, id_of


def test_everybody_is_named_by_what_they_came_with(data_dir: Path) -> None:
    house = House(data_dir, auth_token="the server's own key")
    ada = house.as_("Ada", "admin")
    token = {"X-API-KEY": "the server's own key"}
    for client in (house.as_("Bob", "operator"), Client(house.server.app, token)):
        client.post(f"/api/agents/{house.eliza}/stop")

    entries = _of(ada)
    assert [(one["actor"], one["entityId"], one["credential"] == "token") for one in entries] == [
        ("the key Bob", str(id_of("Bob")), False),
        ("the server's key", None, True),
    ]
    house.close()


def test_who_comes_from_this_machine_without_a_key_is_named_so(small_house: House) -> None:
    small_house.stop(small_house.eliza)

    [entry] = _of(small_house.as_("Ada", "admin"))
    assert (entry["actor"], entry["credential"], entry["address"]) == ("this machine", "open", "127.0.0.1")


def test_of_the_environment_the_names_are_written_down(small_house: House) -> None:
    Path(".env").write_text("KEPT=1\nGONE=2\nCHANGED=3\n")
    ada = small_house.as_("Ada", "admin")

    ada.post("/api/system/env/local", json={"content": {"KEPT": "1", "CHANGED": "sesame", "NEW_API_KEY": "sesame"}})
    ada.post("/api/system/env/local", json={"content": {"NO NAME": "1"}})

    entries = ada.get("/api/audit?action=environment").json["data"]["entries"]
    assert [one["details"] for one in entries] == [{"changed": ["CHANGED", "GONE", "NEW_API_KEY"]}]


def _of(admin: Client) -> list[Json]:
    """What befell agents, oldest first."""
    found: list[Json] = admin.get("/api/audit?action=agent").json["data"]["entries"]
    return found[::-1]
