"""Uploads: what is taken in, under which name it lies there, and how it is served again."""

from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest

from tests.house_kit import House
from tests.media.sending import HTML, MP3, png, send, to_agent, uploaded


@pytest.mark.parametrize("door", ["media", "messaging"])
def test_a_channel_shows_what_was_sent_to_it(lasting_house: House, door: str) -> None:
    room = lasting_house.room("Ada")

    upload = uploaded(send(lasting_house, f"/api/{door}/channels/{room.id}/upload-media", png(), "a.png"))

    assert (upload["type"], upload["originalName"]) == ("image/png", "a.png")
    assert lasting_house.http.get(upload["url"]).data == png()


def test_nothing_that_is_served_can_run(lasting_house: House) -> None:
    served = lasting_house.http.get(uploaded(to_agent(lasting_house, b"alert(1)", "x.js"))["url"])

    assert served.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert served.headers["X-Content-Type-Options"] == "nosniff"
    assert served.headers["Content-Security-Policy"].startswith("default-src 'none'; sandbox")
    assert served.headers["Content-Disposition"] == "attachment; filename=x.txt"
    assert served.headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_a_page_that_is_called_a_picture_is_refused(lasting_house: House) -> None:
    answer = to_agent(lasting_house, HTML, "cat.png", declared="image/png")

    error = answer.json["error"]
    assert (answer.status_code, error["code"], error["details"]["type"]) == (415, "UNSUPPORTED_MEDIA_TYPE", "text/html")
    assert list(lasting_house.server.settings.agent_uploads_dir.rglob("*.part")) == []


def test_a_refused_file_fills_no_log(lasting_house: House, capfd: pytest.CaptureFixture[str]) -> None:
    to_agent(lasting_house, HTML, "a.png")

    assert "Traceback" not in capfd.readouterr().err


def test_a_long_text_comes_through_whole(lasting_house: House) -> None:
    text = "Tee für zwei\n".encode() * 50_000

    upload = uploaded(to_agent(lasting_house, text, "tea.txt"))

    assert (upload["size"], lasting_house.http.get(upload["url"]).data) == (len(text), text)


def test_a_form_may_say_more_than_the_file(lasting_house: House) -> None:
    assert to_agent(lasting_house, png(), contentType="image/png", metadata="{}").status_code == 200


@pytest.mark.parametrize(
    "form",
    [
        {"data": {"image": (BytesIO(png()), "a.png")}, "content_type": "multipart/form-data"},
        {
            "data": {"file": [(BytesIO(png()), "a.png"), (BytesIO(png()), "b.png")]},
            "content_type": "multipart/form-data",
        },
        {"data": {"file": "text"}, "content_type": "multipart/form-data"},
        {"data": {"file": (BytesIO(b""), "a.png")}, "content_type": "multipart/form-data"},
        {"data": b"--x\r\nbroken", "content_type": "multipart/form-data; boundary=x"},
        {"data": b"", "content_type": "multipart/form-data"},
        {"json": {"file": "a.png"}},
        {"data": {"file": "a.png"}},
    ],
    ids=["other field", "two files", "text", "empty", "broken", "no boundary", "json", "no form"],
)
def test_a_form_without_its_one_file_is_refused_by_name(lasting_house: House, form: dict[str, Any]) -> None:
    answer = lasting_house.http.post(f"/api/media/agents/{lasting_house.eliza}/upload-media", **form)

    assert (answer.status_code, answer.json["error"]["code"]) == (400, "INVALID_REQUEST")
    assert answer.json["error"]["message"].startswith("file: ")


def test_who_sends_no_form_is_told_to(lasting_house: House) -> None:
    answer = lasting_house.http.post(f"/api/media/agents/{lasting_house.eliza}/upload-media", json={"file": "a.png"})

    assert answer.json["error"]["message"] == "file: send a form (multipart/form-data) that holds the file"


def test_a_file_that_is_too_large_leaves_nothing_behind(lasting_house: House) -> None:
    answer = to_agent(lasting_house, png() + bytes(50 << 20))

    assert (answer.status_code, answer.json["error"]["code"]) == (413, "FILE_TOO_LARGE")
    assert list(lasting_house.server.settings.agent_uploads_dir.rglob("*.part")) == []


def test_json_keeps_its_own_limit(lasting_house: House) -> None:
    answer = lasting_house.http.post("/api/agents", json={"characterJson": {"name": "A", "bio": "x" * (3 << 20)}})

    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/media/agents/{unknown}/upload-media", 404),
        ("/api/media/channels/{unknown}/upload-media", 404),
        ("/api/messaging/channels/{unknown}/upload-media", 404),
        ("/api/media/agents/nobody/upload-media", 400),
        ("/api/messaging/channels/nowhere/upload-media", 400),
    ],
)
def test_only_who_exists_is_sent_files(lasting_house: House, path: str, status: int) -> None:
    answer = send(lasting_house, path.format(unknown=uuid4()), png())

    assert answer.status_code == status
    assert isinstance(answer.json["error"], dict if "/agents/" in path else str)


@pytest.mark.parametrize(
    ("asked", "status", "content", "place"),
    [
        ("bytes=0-2", 206, b"ID3", "bytes 0-2/100"),
        ("bytes=-10", 206, bytes(10), "bytes 90-99/100"),
        ("bytes=98-", 206, bytes(2), "bytes 98-99/100"),
    ],
    ids=["first", "last", "rest"],
)
def test_a_player_may_ask_for_a_part(lasting_house: House, asked: str, status: int, content: bytes, place: str) -> None:
    url = uploaded(to_agent(lasting_house, MP3, "a.mp3"))["url"]

    served = lasting_house.http.get(url, headers={"Range": asked})

    assert (served.status_code, served.data, served.headers.get("Content-Range")) == (status, content, place)
    assert served.headers["Accept-Ranges"] == "bytes"


def test_a_part_beyond_the_end_is_refused(lasting_house: House) -> None:
    url = uploaded(to_agent(lasting_house, MP3, "a.mp3"))["url"]

    served = lasting_house.http.get(url, headers={"Range": "bytes=100-"})

    assert (served.status_code, served.headers.get("Content-Range")) == (416, "bytes */100")
    assert isinstance(served.json["error"], str)


@pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "bytes=5-2", "bytes=some", "seconds=0-1"])
def test_who_asks_for_parts_in_another_way_gets_the_whole(lasting_house: House, asked: str) -> None:
    url = uploaded(to_agent(lasting_house, MP3, "a.mp3"))["url"]

    served = lasting_house.http.get(url, headers={"Range": asked})

    assert (served.status_code, served.data) == (200, MP3)


def test_who_has_a_file_is_not_sent_it_again(lasting_house: House) -> None:
    url = uploaded(to_agent(lasting_house, png()))["url"]
    first = lasting_house.http.get(url)

    again = lasting_house.http.get(url, headers={"If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.data) == (304, b"")
    assert "private" in first.headers["Cache-Control"]


def test_a_file_can_be_asked_about(lasting_house: House) -> None:
    url = uploaded(to_agent(lasting_house, png()))["url"]

    asked = lasting_house.http.open(url, method="HEAD")

    assert (asked.status_code, asked.headers["Content-Length"], asked.data) == (200, str(len(png())), b"")


def test_a_name_from_anywhere_in_the_world_comes_back(lasting_house: House) -> None:
    url = uploaded(to_agent(lasting_house, b"Notes", "Grüße, Eliza.txt"))["url"]

    served = lasting_house.http.get(url)

    assert served.headers["Content-Disposition"] == (
        "attachment; filename=\"Grue, Eliza.txt\"; filename*=UTF-8''Gr%C3%BC%C3%9Fe%2C%20Eliza.txt"
    )


@pytest.mark.parametrize(
    "name", ["x.png", "../eliza.db", "..%2f..%2feliza.db", "%2e%2e/x", "a/b.png", ".part", "%00.png"]
)
@pytest.mark.parametrize("where", ["uploads/agents", "uploads/channels", "generated"])
def test_no_other_file_is_served(lasting_house: House, where: str, name: str) -> None:
    answer = lasting_house.http.get(f"/media/{where}/{lasting_house.eliza}/{name}")

    assert answer.status_code in {400, 404}
    assert isinstance(answer.json["error"], str)


def test_the_upload_of_one_is_not_that_of_another(lasting_house: House) -> None:
    other = lasting_house.agent("Carol")
    name = uploaded(to_agent(lasting_house, png()))["filename"]

    assert lasting_house.http.get(f"/media/uploads/agents/{other}/{name}").status_code == 404
    assert lasting_house.http.get(f"/media/uploads/channels/{lasting_house.eliza}/{name}").status_code == 404
