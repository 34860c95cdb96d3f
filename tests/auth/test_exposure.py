"""Exposure: what may be reached from other machines, and by which credential."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from eliza.auth.exposure import require_a_key
from eliza.clock import SystemClock
from eliza.config import Settings, TokenSettings
from eliza.db import Database, tables
from eliza.errors import ConfigurationError
from eliza.ids import new_id
from eliza.server import AgentServer
from tests.services.sqlite import migrated

_OTHERS = ["0.0.0.0", "::", "", "192.168.1.5", "eliza.example"]


def _let_in(database: Database) -> None:
    """There is somebody who may come in."""
    now, nobody = SystemClock().now(), new_id()
    row = {"id": nobody, "username": "ada", "subject": "ada", "role": "member", "valid_from": now}
    database.write(lambda: tables.Person.create(**row, created_at=now, updated_at=now))
    database.close()


@pytest.mark.parametrize("address", _OTHERS)
def test_an_address_that_others_can_reach_needs_a_key(address: str, data_dir: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"flask keys create <name>.*ELIZA_SERVER_AUTH_TOKEN"):
        require_a_key(Settings(data_dir=data_dir), ["127.0.0.1", address])


def test_the_command_is_named_as_it_is_typed(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = Path(sys.executable).parent
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.chdir(programs.parent)

    with pytest.raises(ConfigurationError, match=f" {programs.name}/flask keys create <name>"):
        require_a_key(Settings(data_dir=data_dir), ["0.0.0.0"])

    monkeypatch.setenv("PATH", str(programs))
    with pytest.raises(ConfigurationError, match=" flask keys create <name>"):
        require_a_key(Settings(data_dir=data_dir), ["0.0.0.0"])


@pytest.mark.parametrize("address", ["localhost", "127.0.0.1", "127.8.8.8", "::1", "[::1]"])
def test_an_address_of_this_machine_only_needs_none(address: str, data_dir: Path) -> None:
    require_a_key(Settings(data_dir=data_dir), [address])


@pytest.mark.parametrize(
    "settings",
    [
        Settings(auth_token="s3cret"),
        Settings(tokens=TokenSettings(jwks_url="https://id.example/keys")),
        Settings(tokens=TokenSettings(secret="s3cret", issuer="https://id.example", audience="eliza")),
    ],
    ids=["the server's own key", "another service's tokens", "a secret shared with another service"],
)
def test_a_credential_in_the_settings_is_one(settings: Settings, data_dir: Path) -> None:
    require_a_key(replace(settings, data_dir=data_dir), _OTHERS)


@pytest.mark.parametrize(
    "settings",
    [Settings(socket_token="s0cket"), Settings(tokens=TokenSettings(secret="s3cret"))],
    ids=["a key for sockets alone", "what our own tokens are signed with"],
)
def test_what_opens_only_a_part_is_none(settings: Settings, data_dir: Path) -> None:
    with pytest.raises(ConfigurationError):
        require_a_key(replace(settings, data_dir=data_dir), ["0.0.0.0"])


def test_a_person_in_the_database_is_one(data_dir: Path) -> None:
    settings = Settings(data_dir=data_dir)
    path = migrated(data_dir / "eliza.db")
    with pytest.raises(ConfigurationError):
        require_a_key(settings, ["0.0.0.0"])

    _let_in(Database.open_sqlite(path))

    require_a_key(settings, ["0.0.0.0"])


def test_on_postgres_it_is_looked_for_there(data_dir: Path, postgres_url: str) -> None:
    settings = Settings(data_dir=data_dir, postgres_url=postgres_url)
    with pytest.raises(ConfigurationError, match="has no key yet"):
        require_a_key(settings, ["0.0.0.0"])

    _let_in(Database.open_postgres(postgres_url))

    require_a_key(settings, ["0.0.0.0"])
    with pytest.raises(ConfigurationError, match="cannot be asked"):
        require_a_key(replace(settings, postgres_url="postgresql://eliza@127.0.0.1:1/none"), ["0.0.0.0"])


def test_a_program_that_embeds_the_server_cannot_open_it_to_others_either(data_dir: Path) -> None:
    migrated(data_dir / "eliza.db")
    server = AgentServer(Settings(data_dir=data_dir, host="0.0.0.0"), providers=[])

    with pytest.raises(ConfigurationError, match=r"0\.0\.0\.0 can be reached from other machines"):
        server.start(0)

    server.stop(timeout=0)
