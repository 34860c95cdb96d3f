"""Unlocking: a server with the wrong key, or with none any more, does not start; one with a newer key takes over."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from eliza.agents import commands
from eliza.audit.audit import Audit
from eliza.clock import SystemClock
from eliza.db import Database, tables
from eliza.errors import ConfigurationError
from eliza.http.current import provide
from eliza.vault.key import NAME
from tests.house_kit import House

SECRET = "sesame-0815-open"
OLD, NEW = "the key of yesterday, good enough", "the key of today, which is better"

Open = Callable[..., House]


def test_a_server_finds_its_secrets_again(open_house: Open, data_dir: Path) -> None:
    house = open_house()
    agent = house.agent("Ada", settings={"secrets": {"API": SECRET}})
    house.close()

    again = open_house()

    assert (data_dir / NAME).stat().st_mode & 0o777 == 0o600
    assert _secret(again, agent) == SECRET


def test_a_lost_key_is_told_and_no_other_is_made(open_house: Open, data_dir: Path) -> None:
    open_house().close()
    (data_dir / NAME).unlink()

    with pytest.raises(ConfigurationError, match=f"{NAME} is missing"):
        open_house()

    assert not (data_dir / NAME).exists()


def test_another_key_is_told(open_house: Open, data_dir: Path) -> None:
    open_house().close()
    (data_dir / NAME).write_text("x" * 43)

    with pytest.raises(ConfigurationError, match=f"another key than the one in {data_dir / NAME}"):
        open_house()
    with pytest.raises(ConfigurationError, match="another key than the one in ELIZA_SECRET_KEY"):
        open_house(secret_keys=(NEW,))


def test_servers_of_several_machines_need_the_same_key(postgres_url: str, tmp_path: Path) -> None:
    here = House(tmp_path / "here", postgres_url)
    with pytest.raises(ConfigurationError, match="Servers that share a database need the same key"):
        House(tmp_path / "there", postgres_url)
    here.close()
    key = (tmp_path / "here" / NAME).read_text().strip()

    House(tmp_path / "there", postgres_url, secret_keys=(key,)).close()

    assert not (tmp_path / "there" / NAME).exists()


def test_a_key_is_replaced_by_a_start_with_both(open_house: Open) -> None:
    house = open_house(secret_keys=(OLD,))
    agent = house.agent("Ada", settings={"secrets": {"API": SECRET}})
    house.close()

    open_house(secret_keys=(NEW, OLD)).close()

    with pytest.raises(ConfigurationError):
        open_house(secret_keys=(OLD,))
    assert _secret(open_house(secret_keys=(NEW,)), agent) == SECRET


def test_secrets_whose_key_is_gone_can_be_given_up(data_dir: Path) -> None:
    house = House(data_dir)
    agent = house.agent("Ada", settings={"secrets": {"API": SECRET}, "voice": "en"})
    house.close()
    (data_dir / NAME).unlink()

    said = _give_up(data_dir)
    house = House(data_dir)

    assert said == "Agents whose secrets were deleted: 1. Enter them again after the next start.\n"
    [known] = [one.character for one in house.server.agents if one.id == agent]
    assert known.settings == {"secrets": {"API": ""}, "voice": "en"}
    entries = house.as_("Ada", "admin").get("/api/audit?action=secrets").json["data"]["entries"]
    assert [(one["actor"], one["action"]) for one in entries] == [("the command line", "secrets.give-up")]
    house.close()


def test_a_start_with_nothing_to_do_writes_nothing(data_dir: Path) -> None:
    House(data_dir).close()
    before = _rows(data_dir)

    House(data_dir).close()

    assert _rows(data_dir) == before


def _give_up(data_dir: Path) -> str:
    """What ``flask secrets give-up`` says."""
    database = Database.open_sqlite(data_dir / "eliza.db")
    app = Flask("eliza")
    provide(app, database, Audit(database, SystemClock()))
    commands.add(app)
    said = app.test_cli_runner().invoke(args=["secrets", "give-up", "--yes"])
    database.close()
    return said.output


def _secret(house: House, agent: object) -> object:
    [found] = [one for one in house.server.agents if one.id == agent]
    return found.character.setting("API")


def _rows(data_dir: Path) -> list[object]:
    database = Database.open_sqlite(data_dir / "eliza.db")
    with database.read():
        rows = [[row.settings, row.extra] for row in tables.Agent.select()]
        checks = [row.fingerprint for row in tables.KeyCheck.select()]
    database.close()
    return [rows, checks]
