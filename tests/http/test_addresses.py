"""URLs that no browser would ask for, as they come over a real socket."""

import socket
from urllib.parse import urlsplit

import orjson
import pytest

from tests.house_kit import House


@pytest.mark.parametrize(
    "path", ["/api/agents?limit=", "/api/messaging/dm-channel?currentUserId=", "/api/server/logs?x="]
)
def test_bytes_that_are_no_text_are_refused(lasting_house: House, path: str) -> None:
    status, body = _asked(lasting_house, path.encode() + b"\xff\xfe")

    assert status == 400
    assert b"query: must be UTF-8" in body


@pytest.mark.parametrize("path", ["/media/generated/%s/a%%0Ab.png", "/media/uploads/agents/%s/%%0A"])
def test_a_line_break_in_a_path_is_one_more_name_that_nobody_has(lasting_house: House, path: str) -> None:
    status, body = _asked(lasting_house, (path % lasting_house.eliza).encode())

    assert status == 404
    assert orjson.loads(body)["code"] == "NOT_FOUND"


def _asked(house: House, target: bytes) -> tuple[int, bytes]:
    url = urlsplit(house.serve())
    with socket.create_connection((str(url.hostname), int(url.port or 0)), timeout=10) as connection:
        connection.sendall(
            b"GET " + target + b" HTTP/1.1\r\nHost: " + url.netloc.encode() + b"\r\nConnection: close\r\n\r\n"
        )
        head, _, body = connection.makefile("rb").read().partition(b"\r\n\r\n")
    return int(head.split()[1]), body
