"""Agents over REST: who there is, what they are made of, and starting and stopping them."""

from typing import Any

import pytest

from eliza.ids import to_uuid
from tests.house_kit import House, at_once

ALPHA: dict[str, Any] = {
    "name": "Alpha",
    "username": "alpha",
    "system": "You are Alpha.",
    "bio": ["First of all.", "And last."],
    "messageExamples": [
        [{"name": "{{user1}}", "content": {"text": "Hi!"}}, {"name": "Alpha", "content": {"text": "Yo."}}]
    ],
    "postExamples": ["Good morning."],
    "topics": ["letters"],
    "adjectives": ["brief"],
    "knowledge": ["A comes before B."],
    "plugins": ["@elizaos/plugin-bootstrap"],
    "settings": {"voice": {"model": "en"}, "ALWAYS_RESPOND_CHANNELS": "GROUP"},
    "style": {"all": ["Be brief."], "chat": ["Ask."]},
    "templates": {"replyTemplate": "Say it."},
}
NOBODY = str(to_uuid("nobody"))


def test_an_empty_installation_has_eliza_and_she_runs(house: House) -> None:
    assert house.http.get("/api/agents").json == {
        "success": True,
        "data": {
            "agents": [
                {
                    "id": str(to_uuid("Eliza")),
                    "name": "Eliza",
                    "characterName": "Eliza",
                    "bio": "Eliza is a warm and curious companion who likes to hear what people are up to.",
                    "status": "active",
                }
            ]
        },
    }


def test_an_agent_is_made_as_its_character_says_and_does_not_run_yet(house: House) -> None:
    made = house.http.post("/api/agents", json={"characterJson": ALPHA})

    read = house.http.get(f"/api/agents/{to_uuid('Alpha')}").json["data"]
    assert made.status_code == 201
    assert made.json["data"]["id"] == str(to_uuid("Alpha"))
    assert made.json["data"]["character"] == read
    assert {**ALPHA, **read} == read | {"settings": read["settings"]}
    assert {key: read["settings"][key] for key in ALPHA["settings"]} == ALPHA["settings"]
    assert (read["status"], read["enabled"], read["server_id"]) == ("inactive", True, None)
    assert isinstance(read["createdAt"], int)


def test_an_agent_of_few_words_has_every_field_all_the_same(house: House) -> None:
    house.http.post("/api/agents", json={"agent": {"name": "Plain", "bio": "Just so."}})

    read = house.http.get(f"/api/agents/{to_uuid('Plain')}").json["data"]

    lists = ("messageExamples", "postExamples", "topics", "adjectives", "knowledge", "plugins")
    assert {key: read[key] for key in lists} == {key: [] for key in lists}
    assert (read["bio"], read["style"], read["settings"], read["system"]) == ("Just so.", {}, {"secrets": {}}, None)


def test_the_bio_is_listed_by_its_first_line_however_it_was_written(house: House) -> None:
    house.agent("Alpha", bio=["First of all.", "And last."])
    house.agent("Plain", bio="Just so.")

    bios = {agent["name"]: agent["bio"] for agent in house.http.get("/api/agents/").json["data"]["agents"]}

    assert (bios["Alpha"], bios["Plain"]) == ("First of all.", "Just so.")


def test_those_that_run_are_listed_first_and_then_by_name(house: House) -> None:
    house.agent("Zed")
    house.agent("Alpha", start=False)
    house.agent("Beta", start=False)

    listed = house.http.get("/api/agents").json["data"]["agents"]

    assert [(agent["name"], agent["status"]) for agent in listed] == [
        ("Eliza", "active"),
        ("Zed", "active"),
        ("Alpha", "inactive"),
        ("Beta", "inactive"),
    ]


def test_keys_that_mean_nothing_here_are_kept_and_given_back(house: House) -> None:
    extra: dict[str, Any] = {
        "lore": ["old"],
        "clients": [],
        "modelProvider": "x",
        "nested": {"deep": [1, None, {"a": True}]},
    }

    alpha = house.agent("Alpha", **extra)

    read = house.http.get(f"/api/agents/{alpha}").json["data"]
    assert {key: read[key] for key in extra} == extra


def test_an_agent_that_is_there_is_not_made_again(house: House) -> None:
    house.agent("Alpha", bio="The first.")

    refused = house.http.post("/api/agents", json={"characterJson": {"name": "Alpha", "bio": "The second."}})

    assert (refused.status_code, refused.json["error"]["code"]) == (409, "AGENT_EXISTS")
    assert house.http.get(f"/api/agents/{to_uuid('Alpha')}").json["data"]["bio"] == "The first."


def test_an_agent_made_ten_times_at_once_is_made_once(house: House) -> None:
    made = at_once(*[lambda: house.http.post("/api/agents", json={"characterJson": ALPHA}).status_code] * 10)

    assert sorted(made) == [201] + [409] * 9


# Starting and stopping


def test_starting_and_stopping_may_be_said_twice(house: House) -> None:
    alpha = house.agent("Alpha", start=False)
    path = f"/api/agents/{alpha}"

    started = [house.http.post(f"{path}/start") for _ in range(2)]
    running = house.http.get(path).json["data"]["status"]
    stopped = [house.http.post(f"{path}/stop") for _ in range(2)]

    assert [answer.json["data"] for answer in started] == [{"id": str(alpha), "name": "Alpha", "status": "active"}] * 2
    assert running == "active"
    assert [answer.status_code for answer in stopped] == [200, 200]
    assert stopped[0].json["data"]["message"] == "Alpha is stopped"
    assert house.http.get(path).json["data"]["status"] == "inactive"


# Changing


def test_settings_are_merged_and_a_null_deletes(house: House) -> None:
    alpha = house.agent("Alpha", settings={"keep": 1, "change": 1, "drop": 1, "deep": {"keep": 1, "drop": 1}})

    changed = house.http.patch(
        f"/api/agents/{alpha}",
        json={"settings": {"change": 2, "drop": None, "new": 3, "deep": {"drop": None, "new": {"a": 1}}}},
    )

    settings = changed.json["data"]["settings"]
    assert changed.status_code == 200
    assert settings == {"keep": 1, "change": 2, "new": 3, "deep": {"keep": 1, "new": {"a": 1}}, "secrets": {}}
    assert house.http.get(f"/api/agents/{alpha}").json["data"]["settings"] == settings


def test_other_fields_are_replaced_and_a_null_empties(house: House) -> None:
    house.http.post("/api/agents", json={"characterJson": ALPHA})

    changed = house.http.patch(
        f"/api/agents/{to_uuid('Alpha')}", json={"topics": ["numbers"], "system": None, "style": {"post": ["Shout."]}}
    ).json["data"]

    assert (changed["topics"], changed["system"], changed["style"]) == (["numbers"], None, {"post": ["Shout."]})
    assert (changed["bio"], changed["adjectives"]) == (ALPHA["bio"], ALPHA["adjectives"])


def test_an_agent_keeps_its_id_and_state_whatever_is_sent(house: House) -> None:
    alpha = house.agent("Alpha")

    changed = house.http.patch(
        f"/api/agents/{alpha}", json={"id": NOBODY, "name": "Omega", "status": "inactive", "createdAt": 1}
    ).json["data"]

    assert (changed["id"], changed["name"], changed["status"]) == (str(alpha), "Omega", "active")
    assert changed["createdAt"] > 1


def test_a_change_that_cannot_be_leaves_everything_as_it_was(house: House) -> None:
    alpha = house.agent("Alpha")
    before = house.http.get(f"/api/agents/{alpha}").json

    refused = house.http.patch(f"/api/agents/{alpha}", json={"topics": 7, "system": "New."})

    assert (refused.status_code, refused.json["error"]["code"]) == (400, "INVALID_CHARACTER")
    assert house.http.get(f"/api/agents/{alpha}").json == before


def test_what_a_client_read_it_may_send_back_unchanged(house: House) -> None:
    alpha = house.agent("Alpha", settings={"secrets": {"API_KEY": "s3cret"}})
    before = house.http.get(f"/api/agents/{alpha}").json["data"]

    after = house.http.patch(f"/api/agents/{alpha}", json=before).json["data"]

    assert {**after, "updatedAt": 0} == {**before, "updatedAt": 0}
    assert _secrets(house, "Alpha") == {"API_KEY": "s3cret"}


def test_changes_of_different_fields_at_once_all_stay(house: House) -> None:
    alpha = house.agent("Alpha")

    def change(number: int) -> None:
        house.http.patch(f"/api/agents/{alpha}", json={"settings": {f"place {number}": number}})

    at_once(*(lambda number=number: change(number) for number in range(8)))

    settings = house.http.get(f"/api/agents/{alpha}").json["data"]["settings"]
    assert settings == {**{f"place {number}": number for number in range(8)}, "secrets": {}}


def test_a_running_agent_goes_on_with_its_new_character(house: House) -> None:
    room = house.private("Ada", house.eliza)
    room.asks("Ada", "Hi!")

    house.http.patch(f"/api/agents/{house.eliza}", json={"system": "You are a pirate."})
    room.asks("Ada", "Hi again!")

    first, second = (prompt.lines[0].text for prompt in house.model.prompts)
    assert "pirate" not in first
    assert "pirate" in second


# Secrets


@pytest.mark.parametrize(
    "character",
    [
        {"settings": {"secrets": {"TOKEN": "s3cret"}}},
        {"secrets": {"TOKEN": "s3cret"}},
        {"settings": {"OPENAI_API_KEY": "s3cret"}},
        {"settings": {"voice": {"apiKey": "s3cret"}}},
        {"settings": {"credentials": {"user": "s3cret"}}},
        {"settings": {"keys": ["s3cret", ["s3cret"]]}},
        {"settings": {"accounts": [{"passphrase": "s3cret"}]}},
        {"settings": {"POSTGRES_URL": "postgres://ada:s3cret@127.0.0.1/db"}},
        {"settings": {"places": ["redis://:s3cret@127.0.0.1"], "TOKEN": 1}},
        {"clientConfig": {"chat": {"botToken": "s3cret"}}, "settings": {"PASSWORD": 12345}},
        {"apiKeys": ["s3cret"]},
    ],
    ids=[
        "in the settings",
        "at the top",
        "a setting that looks like one",
        "deep in the settings",
        "below a name that tells",
        "in lists",
        "of an item in a list",
        "in an address",
        "in a list of addresses",
        "under a key of its own",
        "in a list of its own",
    ],
)
def test_a_secret_goes_in_and_never_comes_out(house: House, character: dict[str, Any]) -> None:
    made = house.http.post("/api/agents", json={"characterJson": {"name": "Alpha", "bio": "x", **character}})
    path = f"/api/agents/{to_uuid('Alpha')}"

    answers = [made, house.http.get(path), house.http.patch(path, json={"system": "x"}), house.http.get("/api/agents")]

    assert all("s3cret" not in answer.text for answer in answers)
    assert "********" in answers[1].text


def test_secrets_are_changed_and_deleted_by_name(house: House) -> None:
    alpha = house.agent("Alpha", settings={"secrets": {"KEEP": "k", "CHANGE": "old", "DROP": "d"}})

    house.http.patch(
        f"/api/agents/{alpha}",
        json={"settings": {"secrets": {"KEEP": "********", "CHANGE": "new", "DROP": None, "MORE": "m"}}},
    )

    assert _secrets(house, "Alpha") == {"KEEP": "k", "CHANGE": "new", "MORE": "m"}


def test_what_was_shown_can_be_sent_back_and_changes_nothing(house: House) -> None:
    settings = {
        "voice": {"apiKey": "k", "model": "en"},
        "tokens": ["t1", 2],
        "accounts": [{"name": "a", "password": "p1"}, {"name": "b", "password": "p2"}],
        "URL": "http://ada:p@127.0.0.1/x",
        "maxTokens": 500,
        "secrets": {"S": "s", "N": 7},
    }
    alpha = house.agent("Alpha", settings=settings, clientConfig={"botToken": "b", "ids": [1, True]})
    shown = house.http.get(f"/api/agents/{alpha}").json["data"]

    house.http.patch(f"/api/agents/{alpha}", json=shown)

    kept = next(agent.character for agent in house.server.agents if agent.id == alpha)
    assert kept.settings == settings
    assert kept.extra["clientConfig"] == {"botToken": "b", "ids": [1, True]}
    assert shown["settings"]["maxTokens"] == 500


# Deleting


def test_a_deleted_agent_is_gone_and_its_words_stay(house: House) -> None:
    alpha = house.agent("Alpha")
    room = house.private("Ada", alpha)
    room.asks("Ada", "Hi!")

    deleted = house.http.delete(f"/api/agents/{alpha}")
    again = house.http.delete(f"/api/agents/{alpha}")

    assert (deleted.status_code, deleted.data, again.status_code) == (204, b"", 404)
    assert room.history() == ["Hi!", "All right."]
    assert room.post("Ada", "Still there?").status_code == 400


def _secrets(house: House, name: str) -> object:
    return next(record for record in house.server.agents if record.name == name).character.settings["secrets"]
