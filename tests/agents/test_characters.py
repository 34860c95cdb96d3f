"""Characters in the shapes that circulate: taken in from files and over the API, and shown as they were written."""

import json
from codecs import BOM_UTF8
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from eliza.agents.files import read
from eliza.ids import to_uuid
from eliza.telltales import MASK, masked
from tests.house_kit import House, Json

FOLDER = Path(__file__).with_name("characters")
FILES = sorted(FOLDER.glob("*.json"))
BROKEN = {
    "name_missing": ("name", "is missing"),
    "bio_as_number": ("bio", "must be a text or a list of texts"),
    "id_that_is_none": ("id", "must be a UUID"),
    "speaker_missing": ("messageExamples[0][1].name", "is missing"),
    "secret_as_list": ("secrets.KEYS", "must be a text, a number or a boolean"),
    "template_as_object": ("templates.replyTemplate", "must be a text"),
}
KNOWN = {
    *("id", "name", "username", "system", "bio", "templates", "messageExamples", "postExamples", "topics"),
    *("adjectives", "knowledge", "plugins", "settings", "secrets", "style"),
}
OURS = {"enabled", "server_id", "status", "createdAt", "updatedAt"}
"""What is shown of an agent and is no part of its character."""


@pytest.fixture(scope="module")
def furnished_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A server that found all the files in its settings when it started."""
    broken = sorted((FOLDER / "broken").glob("*.json"))
    opened = House(tmp_path_factory.mktemp("house"), characters=(*broken, *FILES))
    yield opened
    opened.close()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_character_is_the_same_from_its_file_and_over_the_api(furnished_house: House, file: Path) -> None:
    agent_id = read(file).id
    found = _shown(furnished_house, agent_id)
    furnished_house.http.delete(f"/api/agents/{agent_id}")

    made = furnished_house.http.post("/api/agents", json={"characterJson": _raw(file)})

    posted = _shown(furnished_house, agent_id)
    assert made.status_code == 201, made.text
    assert {**posted, **dict.fromkeys(OURS)} == {**found, **dict.fromkeys(OURS)}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_character_is_shown_as_it_was_written_but_for_its_secrets(furnished_house: House, file: Path) -> None:
    character = read(file)

    shown = _shown(furnished_house, character.id)

    written = {key: value for key, value in character.to_json().items() if key not in {"settings", "secrets", *OURS}}
    assert {key: shown[key] for key in written} == written
    settings: Json = dict(character.settings)
    secrets = {**(settings.pop("secrets", None) or {}), **character.secrets}
    assert shown["settings"] == {**masked(settings), "secrets": dict.fromkeys(secrets, MASK)}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_keys_that_elizaos_does_not_know_are_kept(furnished_house: House, file: Path) -> None:
    raw = _raw(file)

    shown = _shown(furnished_house, read(file).id)

    unknown = raw.keys() - KNOWN - OURS
    assert {key: shown.get(key) for key in unknown} == {key: raw[key] for key in unknown}


def test_what_it_takes_to_load_is_here_thirty_times(furnished_house: House) -> None:
    listed = furnished_house.http.get("/api/agents").json["data"]["agents"]

    assert len(listed) == len(FILES) >= 30


@pytest.mark.parametrize(("name", "said"), BROKEN.items(), ids=BROKEN)
def test_a_character_that_cannot_be_loaded_says_which_key_and_why(
    furnished_house: House, name: str, said: tuple[str, str]
) -> None:
    refused = furnished_house.http.post("/api/agents", json={"characterJson": _raw(FOLDER / "broken" / f"{name}.json")})

    key, why = said
    assert (refused.status_code, refused.json["error"]["code"]) == (400, "INVALID_CHARACTER")
    assert refused.json["error"]["message"] == f"The character's {key} {why}"
    assert refused.json["error"]["details"] == {"key": key}


def test_every_file_that_cannot_be_loaded_is_named_in_the_log_with_the_reason(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    files = sorted((FOLDER / "broken").glob("*.json"))

    House(tmp_path / "house", characters=tuple(files)).close()

    failures = [record for record in caplog.records if "not loaded" in record.getMessage()]
    said = {Path(record.__dict__["file"]).stem: record.getMessage() for record in failures}
    assert said.keys() == {file.stem for file in files}
    assert all(f"The character's {key} {why}" in said[name] for name, (key, why) in BROKEN.items())
    assert "trailing comma" in said["comma_too_many"]


def test_templates_and_secrets_outlive_the_server(open_house: Any) -> None:
    house = open_house()
    made = [
        house.agent(name, templates={"replyTemplate": f"{name} says"}, secrets={"SOME_KEY": name, "RETRIES": 3})
        for name in ("Alpha", "Beta")
    ]
    house.http.patch(f"/api/agents/{made[0]}", json={"system": "Changed."})
    house.close()

    again = open_house()

    characters = {record.name: record.character for record in again.server.agents}
    for name in ("Alpha", "Beta"):
        assert characters[name].templates == {"replyTemplate": f"{name} says"}
        assert [characters[name].setting(key) for key in ("SOME_KEY", "RETRIES")] == [name, 3]


def test_masks_are_nobodys_secrets(small_house: House) -> None:
    shown = _shown(small_house, str(small_house.agent("Alpha", settings={"secrets": {"SOME_KEY": "hush"}})))

    small_house.http.post("/api/agents", json={"characterJson": {**shown, "id": None, "name": "Beta"}})

    copy = next(record.character for record in small_house.server.agents if record.name == "Beta")
    assert copy.setting("SOME_KEY") is None
    assert copy.id == to_uuid("Beta")


def _raw(file: Path) -> Json:
    raw: Json = json.loads(file.read_bytes().removeprefix(BOM_UTF8))
    return raw


def _shown(house: House, agent_id: object) -> Json:
    answer = house.http.get(f"/api/agents/{agent_id}")
    assert answer.status_code == 200, answer.text
    shown: Json = answer.json["data"]
    return shown
