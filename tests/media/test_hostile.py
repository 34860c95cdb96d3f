"""Hostile: files and names that want to be more than files and names. Nothing runs, and nothing gets out."""

import io
import zipfile
from urllib.parse import quote

import pytest
from werkzeug.http import parse_options_header

from tests.house_kit import Answer, House
from tests.media.sending import HTML, png, to_agent, uploaded

SCRIPT = b"<script>alert(1)</script>"
GIF_AND_SCRIPT = b"GIF89a/*" + bytes(8) + b"*/=1;alert(1)//;"
PDF_AND_PAGE = b"%PDF-1.7\n" + HTML + b"\n%%EOF"
SAFE = {"image/png", "image/gif", "image/jpeg", "application/pdf", "text/plain; charset=utf-8"}


def packed() -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        archive.writestr("index.html", HTML)
    return kept.getvalue()


@pytest.mark.parametrize(
    ("content", "shown_as"),
    [
        (GIF_AND_SCRIPT, "image/gif"),
        (PDF_AND_PAGE, "application/pdf"),
        (png() + SCRIPT, "image/png"),
        (png() + packed(), "image/png"),
        (b"\xff\xd8\xff\xe0" + bytes(16) + HTML, "image/jpeg"),
        (b"alert(document.cookie)", "text/plain; charset=utf-8"),
        (b"Notes, and then " + b"x" * 9000 + SCRIPT, "text/plain; charset=utf-8"),
    ],
    ids=["gif-script", "pdf-page", "png-page", "png-archive", "jpeg-page", "script", "late-markup"],
)
@pytest.mark.parametrize("name", ["x.html", "x.svg", "x.js"])
def test_what_is_two_things_at_once_is_served_as_the_harmless_one(
    lasting_house: House, content: bytes, shown_as: str, name: str
) -> None:
    upload = uploaded(to_agent(lasting_house, content, name, declared="text/html"))

    served = lasting_house.http.get(upload["url"])

    assert (served.data, served.headers["Content-Type"]) == (content, shown_as)
    require_harmless(served)


@pytest.mark.parametrize(
    "content",
    [
        HTML,
        SCRIPT,
        b"\n \t<SCRIPT>alert(1)</SCRIPT>",
        b"\xef\xbb\xbf<html>",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<?xml version='1.0'?><svg onload='alert(1)'/>",
        b"Hello <iframe src='javascript:alert(1)'>",
        "<html>".encode("utf-16"),
        packed(),
        b"\x7fELF" + bytes(60),
        b"MZ" + bytes(60),
    ],
)
def test_what_a_browser_or_a_machine_would_run_is_refused(lasting_house: House, content: bytes) -> None:
    assert to_agent(lasting_house, content, "cat.png", declared="image/png").status_code == 415


@pytest.mark.parametrize(
    "name",
    [
        "../../../etc/passwd",
        "..\\..\\boot.ini",
        "nul\0.png",
        "n" * 4000 + ".png",
        "fox\u202egnp.exe",
        "a\r\nX-Evil: yes\r\n\r\n<script>",
        'quo"te; filename=evil.html',
        "semi;colon.html",
        "\u2028line\u2029.html",
        ".htaccess",
        "...",
        "con.png",
        "<script>alert(1)</script>.png",
        "%2e%2e%2fx.png",
    ],
    ids=lambda name: repr(name[:12]),
)
def test_a_name_is_only_a_name(lasting_house: House, name: str) -> None:
    answer = to_agent(lasting_house, b"Notes", name)
    if answer.status_code == 400:
        return  # Of some names no form can be made that somebody could read.
    upload = uploaded(answer)

    served = lasting_house.http.get(upload["url"])

    told, options = parse_options_header(served.headers["Content-Disposition"])
    saved = options["filename"]
    assert (served.data, told) == (b"Notes", "attachment")
    assert saved.endswith(".txt")
    assert len(saved) <= 204
    assert saved.isprintable()
    assert not {"/", "\\"} & set(saved)
    assert "X-Evil" not in served.headers
    require_harmless(served)
    written = lasting_house.server.settings.agent_uploads_dir / str(lasting_house.eliza)
    assert upload["filename"] in {path.name for path in written.iterdir()}


@pytest.mark.parametrize(
    "name",
    [
        "../eliza.db",
        "..%2f..%2feliza.db",
        "%2e%2e/%2e%2e/eliza.db",
        "..\\eliza.db",
        "x/%2fetc%2fpasswd",
        "%00",
        "a%00.png",
        "n" * 4000,
        "n/" * 2000,
        quote("\u202egnp.exe"),
        "a%0d%0aX-Evil:%20yes",
        "%ff%fe",
        "%ed%a0%80",
        "~",
        ".",
        "..",
        "con",
        "*",
    ],
    ids=lambda name: repr(name[:24]),
)
@pytest.mark.parametrize("where", ["uploads/agents", "uploads/channels", "generated"])
def test_no_name_leads_out_of_a_folder(lasting_house: House, where: str, name: str) -> None:
    answer = lasting_house.http.get(f"/media/{where}/{lasting_house.eliza}/{name}")

    assert answer.status_code in {400, 404}, answer.text
    assert isinstance(answer.json["error"], str)
    assert "X-Evil" not in answer.headers


def require_harmless(served: Answer) -> None:
    assert served.headers["X-Content-Type-Options"] == "nosniff"
    assert served.headers["Content-Security-Policy"] == "default-src 'none'; sandbox ; frame-ancestors 'none'"
    assert served.headers["Content-Type"] in SAFE
    is_shown = served.headers["Content-Type"].startswith("image/")
    assert served.headers["Content-Disposition"].partition(";")[0] == ("inline" if is_shown else "attachment")
    assert "private" in served.headers["Cache-Control"]
    assert "public" not in served.headers["Cache-Control"]
