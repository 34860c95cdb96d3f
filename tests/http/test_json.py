"""JSON that could be read but not kept or said again: refused before anything has it."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from eliza.agents.files import UnreadableCharacter, read
from eliza.errors import ElizaError
from eliza.http.body import is_deeper, strict_json
from tests.house_kit import House, Json, id_of

ADA = str(id_of("Ada"))


def _nested(levels: int, inside: str = "1") -> str:
    return '{"a":' * levels + inside + "}" * levels


@pytest.mark.parametrize("levels", [64, 250, 900, 5000])
@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("/api/messaging/message-servers", '{"name": "x", "sourceType": "y", "metadata": ', "}"),
        ("/api/messaging/channels", '{"name": "x", "metadata": ', "}"),
        ("/api/agents", '{"characterJson": {"name": "Deep", "bio": "x", "unknown": ', "}}"),
    ],
    ids=["server", "channel", "agent"],
)
def test_what_is_nested_too_deeply_is_refused_and_spoils_no_list(
    lasting_house: House, path: str, before: str, after: str, levels: int
) -> None:
    body = before + _nested(levels) + after

    refused = lasting_house.http.post(path, data=body.encode(), content_type="application/json")

    assert refused.status_code == 400
    assert "body: " in refused.text
    assert len(lasting_house.server.agents) == 1
    for listing in ("/api/agents", "/api/messaging/message-servers"):
        assert lasting_house.http.get(listing).status_code == 200


def test_what_is_nested_as_deeply_as_allowed_comes_back_as_it_was(house: House) -> None:
    room = house.room("Ada", "Bob")
    body = f'{{"author_id": "{ADA}", "content": "Hi!", "metadata": {_nested(63)}}}'

    posted = house.http.post(room.url, data=body.encode(), content_type="application/json")

    [read_back] = room.messages()
    assert posted.status_code == 201
    assert _depth_of(read_back["metadata"]["a"]) == 62


@pytest.mark.parametrize(
    "value",
    [str(2**64), str(-(2**63) - 1), "9" * 300, "9" * 5000, "1e400", '"\\ud800"', '{"\\udfff": 1}', f"[{10**30}]"],
    ids=lambda value: value[:12],
)
def test_what_cannot_be_kept_exactly_is_refused(lasting_house: House, value: str) -> None:
    room = lasting_house.room("Ada", "Bob")
    body = f'{{"author_id": "{ADA}", "content": "Hi!", "metadata": {{"value": {value}}}}}'

    refused = lasting_house.http.post(room.url, data=body.encode(), content_type="application/json")

    assert refused.status_code == 400
    assert refused.json["error"].startswith("body: ")
    assert room.history() == []


@pytest.mark.parametrize("value", [2**64 - 1, -(2**63), 1e300, 0.12345678901234567890123, "1" * 40, f'"{10**30}'])
def test_large_numbers_that_can_be_kept_are_taken(value: Any) -> None:
    assert strict_json(orjson.dumps({"value": value})) == {"value": value}


@pytest.mark.parametrize(
    "text", ["1e20", "123456789012345678901.5", "1.00000000000000000000000", "1e-00000000000000000000"]
)
def test_a_long_number_that_is_not_whole_is_taken(text: str) -> None:
    assert strict_json(text.encode()) == float(text)


def test_depth_is_counted_in_containers() -> None:
    assert not is_deeper("text", 0)
    assert is_deeper([], 0)
    assert not is_deeper([{}, [1]], 2)
    assert is_deeper([1, [{"a": 1}]], 2)
    assert not is_deeper([[["text"]]], 3)


@pytest.mark.parametrize(
    "inside", [_nested(64), _nested(900), str(10**30), '"\\u0000"'], ids=["65", "901", "int", "NUL"]
)
def test_a_character_file_is_read_as_strictly(tmp_path: Path, inside: str) -> None:
    file = tmp_path / "deep.json"
    file.write_text(f'{{"name": "Deep", "bio": "x", "unknown": {inside}}}')

    with pytest.raises(UnreadableCharacter, match=r"deep\.json") as refused:
        read(file)
    assert isinstance(refused.value, ElizaError)


def _depth_of(value: Json | int) -> int:
    depth = 0
    while isinstance(value, dict):
        value, depth = value["a"], depth + 1
    return depth
