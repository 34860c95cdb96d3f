"""Commands: keys and people from the command line, while no server runs and while one does."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from eliza.audit.audit import Audit, Sought
from eliza.auth.people import People
from eliza.commands import command_line
from eliza.db import Database, migrate
from eliza.http.current import current
from tests.house_kit import House
from tests.services.processes import ROOT
from tests.services.sqlite import migrated

Say = Callable[..., Result]


@pytest.fixture
def desk(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """What ``flask`` finds, on a data folder of its own."""
    migrated(data_dir / "eliza.db")
    monkeypatch.setenv("ELIZA_DATA_DIR", str(data_dir))
    app = command_line()
    yield app
    with app.app_context():
        current(Database).close()


@pytest.fixture
def say(desk: Flask) -> Say:
    """``say("keys", "create", "ci")`` is ``flask keys create ci``."""

    def run(*words: str, typed: str = "") -> Result:
        return desk.test_cli_runner().invoke(args=words, input=typed)

    return run


def test_a_key_is_made_shown_once_listed_and_revoked(say: Say) -> None:
    made = say("keys", "create", "ci", "--role", "operator", "--days", "7")
    key = made.stdout.strip()
    listed = say("keys", "list").stdout
    key_id = re.search(r"^([0-9a-f-]{36})  ci    operator  anybody", listed, re.MULTILINE)

    assert made.exit_code == 0
    assert key.startswith("eliza_")
    assert key not in listed
    assert key_id is not None
    assert say("keys", "revoke", key_id[1]).stdout == f"Revoked {key_id[1]} (ci).\n"
    assert say("keys", "list").stdout.splitlines()[1].split()[-2:] != ["-", "-"]


def test_somebody_is_added_given_a_password_and_a_role_disabled_and_removed(say: Say, desk: Flask) -> None:
    added = say(
        "people", "add", "ada", "--email", "Ada@Example.org", "--password", typed="the password\nthe password\n"
    )
    assert added.stdout.splitlines()[-1].startswith("Added ada (member), ")
    assert "the password" not in added.output
    with desk.app_context():
        assert current(People).enter("ada@example.org", "the password").username == "ada"

    say("people", "role", "ada", "admin")
    say("people", "password", "ada@example.org", typed="another password\nanother password\n")
    say("people", "disable", "ada")
    line = say("people", "list").stdout.splitlines()[1].split()
    assert line[1:] == ["ada", "ada@example.org", "admin", "yes", "yes"]

    assert say("people", "disable", "ada", "--undo").stdout == "Changed ada (admin).\n"
    with desk.app_context():
        assert current(People).enter("ada@example.org", "another password").username == "ada"
    assert say("people", "remove", "ada").stdout == "Removed ada.\n"
    assert len(say("people", "list").stdout.splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("people", "role", "nobody", "viewer"), "Person nobody not found"),
        (("people", "add", "al"), "username: must have 3 to 50"),
        (("people", "add", "ada", "--role", "emperor"), "'emperor' is not one of"),
        (("keys", "create", "ci", "--scope", "agents:write"), "member does not have agents:write"),
        (("keys", "create", "ci", "--person", "nobody"), "Person nobody not found"),
        (("keys", "revoke", "00000000-0000-0000-0000-000000000001"), "not found"),
    ],
    ids=lambda case: " ".join(case) if isinstance(case, tuple) else "",
)
def test_what_goes_wrong_is_said_in_a_sentence(say: Say, words: tuple[str, ...], why: str) -> None:
    result = say(*words)

    assert result.exit_code != 0
    assert why in result.output
    assert "Traceback" not in result.output


def test_what_was_done_on_the_command_line_is_on_record(say: Say, desk: Flask) -> None:
    say("people", "add", "ada")
    say("keys", "create", "ci", "--person", "ada")

    with desk.app_context():
        page = current(Audit).page(Sought(), limit=10)
    assert [(entry.actor, entry.action) for entry in page.items] == [
        ("the command line", "key.create"),
        ("the command line", "person.create"),
    ]


def test_a_name_moves_no_terminal(say: Say) -> None:
    say("keys", "create", "ci\x1b[2J")

    assert "\x1b" not in say("keys", "list").output


def test_a_key_made_beside_a_running_server_opens_it_at_once(small_house: House, data_dir: Path) -> None:
    assert small_house.http.get("/api/agents").status_code == 200

    made = _flask(data_dir, "keys", "create", "ci", "--role", "operator")

    assert made.returncode == 0, made.stderr
    assert small_house.http.get("/api/agents").status_code == 401
    assert small_house.http.get("/api/agents", headers={"X-API-KEY": made.stdout.strip()}).status_code == 200


def test_tables_are_not_changed_under_a_running_server(
    small_house: House, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = small_house.server.database
    database.write(lambda: database.orm.execute_sql("DELETE FROM schema_migration WHERE name LIKE '0003%'"))
    monkeypatch.setenv("ELIZA_DATA_DIR", str(data_dir))

    made = command_line().test_cli_runner().invoke(args=["keys", "create", "ci"])

    assert made.exit_code == 1
    assert made.output == "Error: The running server is older than this program: restart the server, then try again.\n"
    with database.read():
        assert len(migrate.missing(database.orm)) == 1


def _flask(data_dir: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """As from a clone, with nothing said about where the application is."""
    return subprocess.run(
        [sys.executable, "-m", "flask", *words],
        cwd=ROOT,
        env={**os.environ, "ELIZA_DATA_DIR": str(data_dir)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
