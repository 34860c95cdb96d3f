"""Uploads: what is taken in, under which name it lies there, and how it is served again."""

from collections.abc import Callable
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest

from tests.house_kit import House
from tests.media.sending import HTML, MP3, png, send, to_agent, uploaded


def test_a_picture_is_kept_under_a_name_of_ours_and_shown_as_what_it_is(house: House) -> None:
    upload = uploaded(to_agent(house, png(), "../../x.html"))

    served = house.http.get(upload["url"])

    assert {**upload, "url": "", "filename": ""} == {
        "url": "",
        "filename": "",
        "type": "image",
        "originalName": "x.html",
        "size": len(png()),
    }
    assert upload["filename"].endswith(".png")
    assert upload["url"] == f"/media/uploads/agents/{house.eliza}/{upload['filename']}"
    assert (served.status_code, served.data, served.headers["Content-Type"]) == (200, png(), "image/png")
    assert served.headers["Content-Disposition"] == "inline; filename=x.png"


@pytest.mark.parametrize("door", ["media", "messaging"])
def test_a_channel_shows_what_was_sent_to_it(small_house: House, door: str) -> None:
    room = small_house.room("Ada")

    upload = uploaded(send(small_house, f"/api/{door}/channels/{room.id}/upload-media", png(), "a.png"))

    assert (upload["type"], upload["originalName"]) == ("image/png", "a.png")
    assert small_house.http.get(upload["url"]).data == png()


def test_nothing_that_is_served_can_run(small_house: House) -> None:
    served = small_house.http.get(uploaded(to_agent(small_house, b"alert(1)", "x.js"))["url"])

    assert served.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert served.headers["X-Content-Type-Options"] == "nosniff"
    assert served.headers["Content-Security-Policy"].startswith("default-src 'none'; sandbox")
    assert served.headers["Content-Disposition"] == "attachment; filename=x.txt"
    assert served.headers["Cross-Origin-Resource-Policy"] == "same-origin"


@pytest.mark.parametrize(
    ("content", "name", "found"),
    [
        (HTML, "cat.png", "text/html"),
        (b"\xef\xbb\xbf  <HTML>", "bom.txt", "text/html"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "cat.svg", "image/svg+xml"),
        (b"<?xml version='1.0'?><a/>", "a.xml", "application/xml"),
        (b"Hello <script>alert(1)</script>", "a.txt", "text/html"),
        (b"PK\x03\x04" + bytes(40), "a.png", "application/zip"),
        (b"MZ" + bytes(40), "a.mp3", "application/x-msdownload"),
        (b"caf\xe9", "latin.txt", "nobody knows"),
        (b"a\0b", "nul.txt", "nobody knows"),
    ],
    ids=["html", "html after a mark", "svg", "xml", "script in a text", "zip", "program", "not utf-8", "binary"],
)
def test_what_is_not_on_the_list_is_refused_whatever_it_is_called(
    lasting_house: House, content: bytes, name: str, found: str
) -> None:
    answer = to_agent(lasting_house, content, name, declared="image/png")

    error = answer.json["error"]
    assert (answer.status_code, error["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert found in error["message"]
    assert "image/png" in error["details"]["allowed"]
    assert list(lasting_house.server.settings.agent_uploads_dir.rglob("*.*")) == []


@pytest.mark.parametrize(
    ("content", "declared", "category", "extension"),
    [
        (b"\xff\xd8\xff\xe0" + bytes(20), "", "image", "jpg"),
        (b"GIF89a" + bytes(20), "", "image", "gif"),
        (b"RIFF\x10\0\0\0WEBPVP8 " + bytes(20), "", "image", "webp"),
        (MP3, "", "audio", "mp3"),
        (b"RIFF\x10\0\0\0WAVEfmt " + bytes(20), "", "audio", "wav"),
        (b"OggS" + bytes(20), "", "audio", "ogg"),
        (b"fLaC" + bytes(20), "", "audio", "flac"),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm" + bytes(20), "", "video", "webm"),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm" + bytes(20), "audio/webm", "audio", "webm"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(20), "", "video", "mp4"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(20), "audio/mp4", "audio", "m4a"),
        (b"%PDF-1.7\n", "", "document", "pdf"),
        ("Tee für zwei, bitte: 1 < 2 ☕\n".encode(), "", "document", "txt"),
        (b"BMW is a company", "", "document", "txt"),
    ],
    ids=["jpg", "gif", "webp", "mp3", "wav", "ogg", "flac", "webm", "sound", "mp4", "m4a", "pdf", "text", "no bitmap"],
)
def test_the_type_comes_from_the_content(
    lasting_house: House, content: bytes, declared: str, category: str, extension: str
) -> None:
    path = f"/api/media/channels/{lasting_house.room('Ada').id}/upload-media"
    upload = uploaded(send(lasting_house, path, content, "x.bin", declared=declared))

    assert upload["filename"].rpartition(".")[2] == extension
    assert upload["type"].partition("/")[0] in {category, "application", "text"}
    lasting_house.http.delete(f"/api/messaging/channels/{path.split('/')[4]}")


def test_a_long_text_comes_through_whole(small_house: House) -> None:
    text = "Tee für zwei\n".encode() * 50_000

    upload = uploaded(to_agent(small_house, text, "tea.txt"))

    assert (upload["size"], small_house.http.get(upload["url"]).data) == (len(text), text)


def test_a_form_may_say_more_than_the_file(small_house: House) -> None:
    assert to_agent(small_house, png(), contentType="image/png", metadata="{}").status_code == 200


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


def test_a_file_that_is_too_large_leaves_nothing_behind(small_house: House) -> None:
    answer = to_agent(small_house, png() + bytes(50 << 20))

    assert (answer.status_code, answer.json["error"]["code"]) == (413, "FILE_TOO_LARGE")
    assert [path for path in small_house.server.settings.agent_uploads_dir.rglob("*") if path.is_file()] == []


def test_json_keeps_its_own_limit(small_house: House) -> None:
    answer = small_house.http.post("/api/agents", json={"characterJson": {"name": "A", "bio": "x" * (3 << 20)}})

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


def test_all_uploads_together_have_a_limit(open_house: Callable[..., House]) -> None:
    house = open_house(upload_quota=1000)
    uploaded(to_agent(house, MP3 * 6))

    answer = to_agent(house, MP3 * 5)

    assert (answer.status_code, answer.json["error"]["code"]) == (507, "STORAGE_FULL")
    uploaded(to_agent(house, MP3))


@pytest.mark.parametrize(
    ("asked", "status", "content", "place"),
    [
        ("bytes=0-2", 206, b"ID3", "bytes 0-2/100"),
        ("bytes=-10", 206, bytes(10), "bytes 90-99/100"),
        ("bytes=98-", 206, bytes(2), "bytes 98-99/100"),
    ],
    ids=["first", "last", "rest"],
)
def test_a_player_may_ask_for_a_part(small_house: House, asked: str, status: int, content: bytes, place: str) -> None:
    url = uploaded(to_agent(small_house, MP3, "a.mp3"))["url"]

    served = small_house.http.get(url, headers={"Range": asked})

    assert (served.status_code, served.data, served.headers.get("Content-Range")) == (status, content, place)
    assert served.headers["Accept-Ranges"] == "bytes"


def test_a_part_beyond_the_end_is_refused(small_house: House) -> None:
    url = uploaded(to_agent(small_house, MP3, "a.mp3"))["url"]

    served = small_house.http.get(url, headers={"Range": "bytes=100-"})

    assert (served.status_code, served.headers.get("Content-Range")) == (416, "bytes */100")
    assert isinstance(served.json["error"], str)


def test_who_has_a_file_is_not_sent_it_again(small_house: House) -> None:
    url = uploaded(to_agent(small_house, png()))["url"]
    first = small_house.http.get(url)

    again = small_house.http.get(url, headers={"If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.data) == (304, b"")
    assert "private" in first.headers["Cache-Control"]


def test_a_file_can_be_asked_about(small_house: House) -> None:
    url = uploaded(to_agent(small_house, png()))["url"]

    asked = small_house.http.open(url, method="HEAD")

    assert (asked.status_code, asked.headers["Content-Length"], asked.data) == (200, str(len(png())), b"")


def test_a_name_from_anywhere_in_the_world_comes_back(small_house: House) -> None:
    url = uploaded(to_agent(small_house, b"Notes", "Grüße, Eliza.txt"))["url"]

    served = small_house.http.get(url)

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


def test_the_upload_of_one_is_not_that_of_another(small_house: House) -> None:
    other = small_house.agent("Bob")
    name = uploaded(to_agent(small_house, png()))["filename"]

    assert small_house.http.get(f"/media/uploads/agents/{other}/{name}").status_code == 404
    assert small_house.http.get(f"/media/uploads/channels/{small_house.eliza}/{name}").status_code == 404


@pytest.mark.parametrize(
    ("content", "type", "disposition"),
    [
        (png(), "image/png", "inline; filename=made.png"),
        (HTML, "application/octet-stream", "attachment; filename=made.png"),
    ],
    ids=["picture", "page"],
)
def test_what_a_plugin_made_is_served_as_what_it_is(
    small_house: House,
    content: bytes,
    type: str,  # noqa: A002 - the header's name.
    disposition: str,
) -> None:
    folder = small_house.server.settings.generated_dir / str(small_house.eliza)
    folder.mkdir(parents=True)
    (folder / "made.png").write_bytes(content)
    (folder / "out.png").symlink_to(small_house.server.settings.data_dir / "eliza.db")

    served = small_house.http.get(f"/media/generated/{small_house.eliza}/made.png")

    assert (served.data, served.headers["Content-Type"]) == (content, type)
    assert served.headers["Content-Disposition"] == disposition
    assert small_house.http.get(f"/media/generated/{small_house.eliza}/out.png").status_code == 404
