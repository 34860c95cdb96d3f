"""Bodies: what is too deep, too large or too much is refused by name, and quickly."""

import time
from io import BytesIO
from typing import Any

import pytest

from tests.house_kit import Answer, House


def post(house: House, raw: bytes, content_type: str = "application/json") -> Answer:
    return house.http.post("/api/messaging/channels", data=raw, content_type=content_type)


def upload(house: House, **form: Any) -> Answer:
    room = house.room("Ada", "Bob")
    return house.http.post(f"/api/messaging/channels/{room.id}/upload-media", data=form)


@pytest.mark.parametrize(
    "raw",
    [
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b"[" * 1_000_000,
        b'{"a":' * 65 + b"1" + b"}" * 65,
        b'{"a":[' + b"[[]]," * 300_000 + b"[" * 70 + b"]" * 70 + b"]}",
    ],
    ids=["lists", "objects", "without an end", "one level too deep", "wide and deep"],
)
def test_what_is_nested_too_deeply_is_refused_by_name_and_at_once(lasting_house: House, raw: bytes) -> None:
    began = time.monotonic()
    refused = post(lasting_house, raw)

    assert (refused.status_code, refused.json["code"]) == (400, "VALIDATION_ERROR")
    assert refused.json["error"].startswith("body: must not be nested deeper than 64 levels")
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b'{"name":"' + b"x" * 3_000_000 + b'"}', 413, "REQUEST_ENTITY_TOO_LARGE"),
        (b'{"name":' + b"9" * 5000 + b"}", 400, "VALIDATION_ERROR"),
        (b'{"name":1e999}', 400, "VALIDATION_ERROR"),
        (b'{"name":NaN}', 400, "VALIDATION_ERROR"),
        (b'{"participants":[' + b'"x",' * 1000 + b'"x"]}', 400, "VALIDATION_ERROR"),
        (b"[1]", 400, "VALIDATION_ERROR"),
    ],
    ids=["3 MB", "a number of any length", "an infinite number", "no number", "a long list", "no object"],
)
def test_what_is_too_much_is_refused_by_name(lasting_house: House, raw: bytes, status: int, code: str) -> None:
    refused = post(lasting_house, raw)

    assert (refused.status_code, refused.json["code"]) == (status, code)


def test_what_is_no_json_is_refused_by_name(lasting_house: House) -> None:
    refused = post(lasting_house, b"name=x", "application/x-www-form-urlencoded")

    assert (refused.status_code, refused.json["code"]) == (415, "INVALID_CONTENT_TYPE")


def test_a_message_has_so_many_characters_at_most(lasting_house: House) -> None:
    room = lasting_house.room("Ada", "Bob")

    refused = room.post("Ada", "x" * 100_001)

    assert refused.status_code == 400
    assert refused.json["error"].startswith("content: ")
    assert "100000" in refused.json["error"]
    assert room.post("Ada", "x" * 100_000).status_code == 201


def test_a_form_of_thousands_of_parts_is_refused_by_name(lasting_house: House) -> None:
    fields = {f"field {number}": "x" for number in range(1000)}

    refused = upload(lasting_house, **fields, file=(BytesIO(b"GIF89a"), "a.gif"))

    assert (refused.status_code, refused.json["code"]) == (413, "FORM_TOO_LARGE")


def test_a_field_of_megabytes_is_refused_by_name(lasting_house: House) -> None:
    refused = upload(lasting_house, note="x" * 2_000_000, file=(BytesIO(b"GIF89a"), "a.gif"))

    assert (refused.status_code, refused.json["code"]) == (413, "FORM_TOO_LARGE")


def test_a_file_of_more_than_is_allowed_is_refused_by_name(lasting_house: House) -> None:
    refused = upload(lasting_house, file=(BytesIO(bytes(51 << 20)), "a.gif"))

    assert (refused.status_code, refused.json["code"]) == (413, "FILE_TOO_LARGE")


def test_a_form_where_none_is_read_is_no_reason_to_read_it(lasting_house: House) -> None:
    refused = lasting_house.http.post("/api/messaging/channels", data={"file": (BytesIO(bytes(3 << 20)), "a.gif")})

    assert refused.status_code in {413, 415}
