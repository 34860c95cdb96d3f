"""Bodies of a size that was set, and failures that nobody foresaw."""

import socket
from collections.abc import Callable
from io import BytesIO
from urllib.parse import urlsplit

import pytest
from gunicorn.http.errors import InvalidChunkSize

from tests.house_kit import House


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_the_limit_for_a_body_can_be_set(open_house: Callable[..., House]) -> None:
    house = open_house(max_payload=1000)
    room = house.room("Ada", "Bob")

    assert room.post("Ada", "x" * 500).status_code == 201
    assert room.post("Ada", "x" * 1500).status_code == 413


def test_what_nobody_foresaw_is_told_by_a_reference_that_is_in_the_log(
    small_house: House, caplog: pytest.LogCaptureFixture
) -> None:
    @small_house.server.app.get("/api/broken")
    def broken() -> str:
        raise RuntimeError("the s3cret inside")

    answer = small_house.http.get("/api/broken")

    [record] = [record for record in caplog.records if record.getMessage() == "request failed"]
    assert answer.status_code == 500
    assert "s3cret" not in answer.text
    assert record.__dict__["reference"] in answer.json["error"]["message"]


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("chunks", "expected"),
    [
        (b"2\r\n{}\r\n0\r\n\r\n", 400),
        (b"ZZ\r\n", 400),
        (b"-2\r\n{}\r\n0\r\n\r\n", 400),
        (b"2\r\n{}XX0\r\n\r\n", 400),
        (b"2\r\n{", 400),
        (b"", 400),
        (b"3e8\r\n{}" + b" " * 998 + b"\r\n1\r\n \r\n0\r\n\r\n", 413),
        (b"3e8\r\n" + b" " * 1000 + b"\r\n" + b"3e8\r\n" + b" " * 1000 + b"\r\n0\r\n\r\n", 413),
    ],
    ids=[
        "good",
        "no number",
        "less than nothing",
        "no end of chunk",
        "cut off",
        "nothing",
        "a byte too large",
        "too large",
    ],
)
def test_a_body_in_chunks_is_held_to_the_same_rules(
    open_house: Callable[..., House], chunks: bytes, expected: int, caplog: pytest.LogCaptureFixture
) -> None:
    house = open_house(max_payload=1000)
    address = urlsplit(house.serve())
    head = (
        b"POST /api/messaging/channels HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )

    with socket.create_connection((address.hostname, address.port), timeout=10) as client:
        client.sendall(head + chunks)
        client.shutdown(socket.SHUT_WR)
        status = client.makefile("rb").readline()

    assert status.split()[1] == str(expected).encode()
    assert "request failed" not in caplog.text


def test_a_body_that_gunicorn_cannot_read_is_the_clients_mistake(
    small_house: House, caplog: pytest.LogCaptureFixture
) -> None:
    refused = small_house.http.post(
        "/api/agents",
        input_stream=_Broken(),
        content_type="application/json",
        headers={"Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True},
    )

    assert (refused.status_code, refused.json["error"]["code"]) == (400, "VALIDATION_ERROR")
    assert "request failed" not in caplog.text


class _Broken(BytesIO):
    """A body as gunicorn gives it to us when its chunks are none."""

    def read(self, size: int | None = -1) -> bytes:
        raise InvalidChunkSize(b"ZZ")

    def readinto(self, buffer: object) -> int:
        raise InvalidChunkSize(b"ZZ")
