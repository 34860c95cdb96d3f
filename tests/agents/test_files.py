"""Files: the characters an installation brings, taken in once and again when their authors change them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eliza.ids import to_uuid
from tests.house_kit import House


@pytest.fixture
def folder(data_dir: Path) -> Path:
    """The characters' directory of the server."""
    path = data_dir / "data" / "characters"
    path.mkdir(parents=True)
    return path


def test_every_file_in_the_folder_is_an_agent_that_runs(folder: Path, open_house: Callable[..., House]) -> None:
    _write(folder / "alpha.json", name="Alpha")
    _write(folder / "beta.json", name="Beta")
    (folder / "notes.txt").write_text("not a character")

    house = open_house()

    assert _agents(house) == {"Alpha": "active", "Beta": "active"}
    assert house.private("Ada", to_uuid("Beta")).asks("Ada", "Hi!").status_code == 201


def test_files_named_in_the_settings_come_too(tmp_path: Path, open_house: Callable[..., House]) -> None:
    named = _write(tmp_path / "elsewhere.json", name="Alpha")

    assert _agents(open_house(characters=(named,))) == {"Alpha": "active"}


def test_a_file_that_did_not_change_overwrites_no_edit(folder: Path, open_house: Callable[..., House]) -> None:
    _write(folder / "alpha.json", name="Alpha", system="From the file.")
    house = open_house()
    house.http.patch(f"/api/agents/{to_uuid('Alpha')}", json={"system": "From the API."})
    house.stop(to_uuid("Alpha"))
    house.close()

    again = open_house()

    assert _read(again, "Alpha")["system"] == "From the API."
    assert _agents(again) == {"Alpha": "inactive"}


def test_a_file_that_changed_is_read_again(folder: Path, open_house: Callable[..., House]) -> None:
    file = _write(folder / "alpha.json", name="Alpha", system="First.")
    open_house().close()
    _write(file, name="Alpha", system="Second.")

    house = open_house()

    assert _read(house, "Alpha")["system"] == "Second."


@pytest.mark.parametrize(
    "broken",
    ['{"name": "Broken"', '["a", "list"]', '{"bio": "No name."}', '{"name": "Broken", "bio": 7}', "", "\xff"],
    ids=["no JSON", "a list", "no name", "a wrong bio", "empty", "no text"],
)
def test_a_broken_file_is_reported_and_the_others_load(
    folder: Path, open_house: Callable[..., House], broken: str, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "broken.json").write_bytes(broken.encode("latin-1"))
    _write(folder / "good.json", name="Good")

    house = open_house()

    assert _agents(house) == {"Good": "active"}
    assert any("character not loaded" in record.getMessage() for record in caplog.records)


def test_a_file_that_is_not_there_is_reported_and_the_others_load(
    tmp_path: Path, open_house: Callable[..., House], caplog: pytest.LogCaptureFixture
) -> None:
    good = _write(tmp_path / "good.json", name="Good")

    house = open_house(characters=(tmp_path / "missing.json", good))

    assert _agents(house) == {"Good": "active"}
    assert "Character file missing.json: No such file or directory" in caplog.text


def test_when_no_file_can_be_used_eliza_is_there(folder: Path, open_house: Callable[..., House]) -> None:
    (folder / "broken.json").write_text("{")

    assert _agents(open_house()) == {"Eliza": "active"}


def test_eliza_does_not_come_back_to_who_has_others(open_house: Callable[..., House]) -> None:
    house = open_house()
    house.agent("Alpha")
    house.http.delete(f"/api/agents/{house.eliza}")
    house.close()

    assert _agents(open_house()) == {"Alpha": "active"}


def test_unknown_keys_are_named_in_the_log(
    folder: Path, open_house: Callable[..., House], caplog: pytest.LogCaptureFixture
) -> None:
    _write(folder / "alpha.json", name="Alpha", lore=["old"], clients=["discord"])

    house = open_house()

    assert (_read(house, "Alpha")["lore"], _read(house, "Alpha")["clients"]) == (["old"], ["discord"])
    [warning] = [record for record in caplog.records if "keys that mean nothing" in record.getMessage()]
    assert warning.__dict__["keys"] == ["clients"]


def test_an_agent_is_made_from_a_file_of_the_folder(folder: Path, open_house: Callable[..., House]) -> None:
    house = open_house()
    _write(folder / "late.json", name="Late")

    made = house.http.post("/api/agents", json={"characterPath": "late.json"})

    assert (made.status_code, made.json["data"]["id"]) == (201, str(to_uuid("Late")))


def _write(path: Path, **character: Any) -> Path:
    path.write_text(json.dumps({"bio": "x", **character}))
    return path


def _agents(house: House) -> dict[str, str]:
    listed = house.http.get("/api/agents").json["data"]["agents"]
    return {agent["name"]: agent["status"] for agent in listed}


def _read(house: House, name: str) -> Any:
    return house.http.get(f"/api/agents/{to_uuid(name)}").json["data"]
