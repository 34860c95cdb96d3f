"""Operation: the server's variables can be seen and set without giving their secrets away, and it can be ended."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from eliza.config import Settings
from eliza.telltales import MASK
from tests.house_kit import House
from tests.services.disk import files_of_at_most
from tests.services.processes import HOST, ROOT, Process, Server, clean_environment, free_port
from tests.services.waiting import eventually

URL = "/api/system/env/local"
FILE = """\
# Mine.
OPENAI_API_KEY=sk-secret
POSTGRES_URL=postgresql://eliza:hidden@localhost/eliza
LOG_LEVEL=debug
CERTIFICATE_KEY="two
lines"
"""
SHOWN = {
    "OPENAI_API_KEY": MASK,
    "POSTGRES_URL": f"postgresql://eliza:{MASK}@localhost/eliza",
    "LOG_LEVEL": "debug",
    "CERTIFICATE_KEY": MASK,
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The nearest .env, which lies in the working directory of the test."""
    path = tmp_path / ".env"
    path.write_text(FILE)
    return path


# Variables


def test_without_a_file_there_are_no_variables(small_house: House) -> None:
    assert small_house.http.get(URL).json == {"success": True, "data": {}}


def test_variables_are_shown_without_their_secrets(file: Path, small_house: House) -> None:
    assert small_house.http.get(URL).json == {"success": True, "data": SHOWN}


def test_what_is_sent_takes_the_place_of_what_was_there(file: Path, small_house: House) -> None:
    sent = {**SHOWN, "LOG_LEVEL": "info", "ANTHROPIC_API_KEY": "new one"}
    del sent["POSTGRES_URL"]

    answer = small_house.http.post(URL, json={"content": sent})

    saved = answer.json["data"]
    assert (answer.status_code, saved["success"], saved["content"]) == (200, True, {**sent, "ANTHROPIC_API_KEY": MASK})
    assert saved == {name: value for name, value in answer.json.items() if name != "data"}
    assert "starts" in answer.json["message"]
    assert file.read_text() == (
        "# Mine.\n"
        "OPENAI_API_KEY=sk-secret\n"
        "LOG_LEVEL=info\n"
        'CERTIFICATE_KEY="two\n'
        'lines"\n'
        "ANTHROPIC_API_KEY='new one'\n"
    )
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in file.parent.iterdir() if path.name.startswith(".env")] == [".env"]


def test_the_next_start_reads_what_was_sent(small_house: House) -> None:
    assert small_house.http.post(URL, json={"content": {"LOG_LEVEL": "trace"}}).status_code == 200

    assert Settings.from_env().log_level == "trace"
    assert small_house.server.settings.log_level == "info"


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({"A": "1\nB=2"}, "content.A"),
        ({"A": "1\rB=2"}, "content.A"),
        ({"1A": "x"}, "content.1A"),
        ({"A B": "x"}, "content.A B"),
        ({"A=1\nB": "x"}, "content.A=1\nB"),
        ({"": "x"}, "content."),
        ({"POSTGRES_URL": f"postgresql://other:{MASK}@localhost/eliza"}, "content.POSTGRES_URL"),
        ({"A": 1}, "content.A"),
        ({"A": None}, "content.A"),
        ([], "content"),
    ],
)
def test_what_cannot_be_a_variable_is_refused_by_name(file: Path, small_house: House, content: Any, field: str) -> None:
    answer = small_house.http.post(URL, json={"content": content})

    assert (answer.status_code, answer.json["error"]["details"]) == (400, {"field": field})
    assert file.read_text() == FILE


def test_without_any_content_nothing_is_taken_away(file: Path, small_house: House) -> None:
    assert small_house.http.post(URL, json={}).status_code == 400
    assert file.read_text() == FILE


def test_a_file_that_cannot_be_used_is_told_and_left_alone(file: Path, small_house: House) -> None:
    file.write_bytes(b"A=\xff\n")

    seen, sent = small_house.http.get(URL), small_house.http.post(URL, json={"content": {}})

    assert {(answer.status_code, answer.json["error"]["code"]) for answer in (seen, sent)} == {(500, "FETCH_ERROR")}
    assert file.read_bytes() == b"A=\xff\n"


def test_a_full_disk_keeps_the_file_and_nothing_beside_it(file: Path, small_house: House) -> None:
    with files_of_at_most(1 << 20):
        answer = small_house.http.post(URL, json={"content": {"LONG": "x" * (3 << 19)}})

    assert (answer.status_code, answer.json["error"]["code"]) == (500, "UPDATE_ERROR")
    assert file.read_text() == FILE
    assert list(file.parent.glob(".env.*")) == []


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_only_who_holds_the_key_sees_or_ends_anything(file: Path, open_house: Callable[..., House]) -> None:
    closed = open_house(auth_token="the key")

    answers = [closed.http.get(URL), closed.http.post(URL, json={"content": {}}), closed.http.post("/api/server/stop")]

    assert [answer.status_code for answer in answers] == [401, 401, 401]
    assert file.read_text() == FILE


# The end


def test_a_server_that_is_told_to_stop_answers_and_ends(start_server: Callable[..., Server]) -> None:
    server = start_server(env={"ELIZA_LOCAL_MODEL": "off"})

    answer = requests.post(f"{server.url}/api/server/stop", timeout=10)

    assert (answer.status_code, answer.json()) == (200, {"message": "The server is stopping"})
    assert server.wait(within=20) == 0


@pytest.mark.parametrize(
    "command",
    [
        [sys.executable, str(ROOT / "app.py")],
        [sys.executable, "-m", "flask", "--app", str(ROOT / "app.py"), "run", "--port={port}"],
    ],
    ids=["python app.py", "flask run"],
)
def test_so_does_one_that_is_run_for_development(tmp_path: Path, command: list[str]) -> None:
    port = free_port()
    url = f"http://{HOST}:{port}"
    env = {**clean_environment(tmp_path), "SERVER_PORT": str(port), "ELIZA_LOCAL_MODEL": "off"}
    server = Process(
        [word.format(port=port) for word in command], log_path=tmp_path / "server.log", env=env, cwd=tmp_path
    )
    try:
        eventually(lambda: requests.get(f"{url}/healthz", timeout=5).status_code == 200, within=30)

        assert requests.post(f"{url}/api/server/stop", timeout=10).status_code == 200
        assert server.wait(within=20) == 0
    finally:
        server.kill()


def test_a_program_with_the_server_inside_is_not_ended_by_it(small_house: House) -> None:
    refused = small_house.http.post("/api/server/stop")

    assert (refused.status_code, refused.json["error"]["code"]) == (409, "SERVED_BY_ANOTHER")
    assert small_house.http.get("/healthz").status_code == 200
