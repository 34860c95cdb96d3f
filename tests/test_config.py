"""Config: every variable, what it means when it is absent, and what is said when it cannot be used."""

import re
from pathlib import Path

import pytest

from eliza.config import Settings
from eliza.errors import ConfigurationError


def test_without_any_variable_the_server_is_open_to_this_machine_only() -> None:
    settings = Settings.from_env({})

    assert settings == Settings(data_dir=Path.cwd() / ".eliza")
    assert (settings.host, settings.port) == ("127.0.0.1", 3000)
    assert settings.is_local


@pytest.mark.parametrize(
    ("name", "text", "field", "value"),
    [
        ("SERVER_HOST", "::1", "host", "::1"),
        ("SERVER_PORT", "0", "port", 0),
        ("SERVER_PORT", "65535", "port", 65535),
        ("ELIZA_DATA_DIR", "/srv/eliza", "data_dir", Path("/srv/eliza")),
        ("POSTGRES_URL", "postgresql://one", "postgres_url", "postgresql://one"),
        ("DATABASE_URL", "postgresql://other", "postgres_url", "postgresql://other"),
        ("ELIZA_SERVER_AUTH_TOKEN", "s3cret", "auth_token", "s3cret"),
        ("SERVER_API_KEY", "s0cket", "socket_token", "s0cket"),
        (
            "CORS_ORIGIN",
            "https://a.example, https://b.example",
            "cors_origins",
            ("https://a.example", "https://b.example"),
        ),
        ("ELIZA_UI_ENABLE", "off", "ui_enabled", False),
        ("ELIZA_UI_ENABLE", "Yes", "ui_enabled", True),
        ("LOG_LEVEL", "DEBUG", "log_level", "debug"),
        ("LOG_JSON_FORMAT", "1", "log_json", True),
        ("EXPRESS_MAX_PAYLOAD", "500kb", "max_payload", 500 << 10),
        ("EXPRESS_MAX_PAYLOAD", "1.5 MB", "max_payload", 3 << 19),
        ("EXPRESS_MAX_PAYLOAD", "4096", "max_payload", 4096),
        ("APP_VERSION", "2.0", "app_version", "2.0"),
        ("REDIS_URL", "redis://here", "redis_url", "redis://here"),
        ("ELIZA_CHARACTERS", "one.json,two.json", "characters", (Path("one.json"), Path("two.json"))),
        ("ELIZA_TURN_LEASE_SECONDS", "2.5", "lease_seconds", 2.5),
        ("ELIZA_MAX_AGENT_TURNS", "4", "agent_turns_in_a_row", 4),
        ("ELIZA_CONCURRENT_TURNS", "8", "concurrent_turns", 8),
    ],
)
def test_a_variable_sets_what_it_is_for(name: str, text: str, field: str, value: object) -> None:
    settings = Settings.from_env({name: text})

    assert getattr(settings, field) == value
    assert settings.env == {name: text}


def test_another_page_is_a_folder_with_an_index(tmp_path: Path) -> None:
    (tmp_path / "index.html").touch()

    assert Settings.from_env({"ELIZA_UI_DIR": str(tmp_path)}).ui_dir == tmp_path
    with pytest.raises(ConfigurationError, match=r"ELIZA_UI_DIR=/nowhere has no index\.html"):
        Settings.from_env({"ELIZA_UI_DIR": "/nowhere"})


@pytest.mark.parametrize(
    "name",
    [
        "SERVER_HOST",
        "SERVER_PORT",
        "POSTGRES_URL",
        "ELIZA_SERVER_AUTH_TOKEN",
        "SERVER_API_KEY",
        "CORS_ORIGIN",
        "ELIZA_UI_ENABLE",
        "LOG_LEVEL",
        "LOG_JSON_FORMAT",
        "EXPRESS_MAX_PAYLOAD",
        "ELIZA_DATA_DIR",
        "ELIZA_TURN_LEASE_SECONDS",
    ],
)
def test_an_empty_variable_counts_as_absent(name: str) -> None:
    settings = Settings.from_env({name: ""})

    assert _without_env(settings) == _without_env(Settings.from_env({}))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("SERVER_PORT", "eighty"),
        ("SERVER_PORT", "65536"),
        ("SERVER_PORT", "-1"),
        ("SERVER_PORT", "²"),
        ("ELIZA_UI_ENABLE", "perhaps"),
        ("LOG_JSON_FORMAT", "2"),
        ("LOG_LEVEL", "loud"),
        ("EXPRESS_MAX_PAYLOAD", "lots"),
        ("EXPRESS_MAX_PAYLOAD", "-1mb"),
        ("ELIZA_TURN_LEASE_SECONDS", "soon"),
        ("ELIZA_TURN_LEASE_SECONDS", "0"),
        ("ELIZA_TURN_LEASE_SECONDS", "nan"),
        ("ELIZA_MAX_AGENT_TURNS", "-1"),
        ("ELIZA_MAX_AGENT_TURNS", "many"),
        ("ELIZA_MAX_AGENT_TURNS", "inf"),
        ("ELIZA_CONCURRENT_TURNS", "0"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_by_the_name_of_its_variable(name: str, text: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^{name}={text} "):
        Settings.from_env({name: text})


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "::1", "[::1]"])
def test_an_address_of_this_machine_only_needs_none(host: str) -> None:
    assert Settings.from_env({"SERVER_HOST": host}).is_local


def test_no_secret_is_shown_when_settings_are_printed() -> None:
    settings = Settings.from_env(
        {
            "ELIZA_SERVER_AUTH_TOKEN": "s3cret",
            "SERVER_API_KEY": "s3cret",
            "POSTGRES_URL": "postgresql://eliza:s3cret@db/eliza",
            "REDIS_URL": "redis://:s3cret@cache/0",
            "OPENAI_API_KEY": "s3cret",
        }
    )

    assert "s3cret" not in repr(settings)


def test_a_file_is_found_from_a_folder_below_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("SERVER_PORT=4001\nAPP_VERSION='from the file'\n")
    below = tmp_path / "deep" / "down"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)

    settings = Settings.from_env()

    assert (settings.port, settings.app_version) == (4001, "from the file")


def test_the_nearest_file_is_the_one_that_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("SERVER_PORT=4001\n")
    below = tmp_path / "below"
    below.mkdir()
    (below / ".env").write_text("APP_VERSION=near\n")
    monkeypatch.chdir(below)

    settings = Settings.from_env()

    assert (settings.port, settings.app_version) == (3000, "near")


def test_the_environment_counts_more_than_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("SERVER_PORT=4001\nAPP_VERSION=file\n")
    monkeypatch.setenv("SERVER_PORT", "4002")

    settings = Settings.from_env()

    assert (settings.port, settings.app_version) == (4002, "file")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / ".env"
    file.write_bytes("ELIZA_DATA_DIR=/d\u00e4ta".encode("latin-1"))
    monkeypatch.chdir(tmp_path)

    with pytest.raises(ConfigurationError, match=re.escape(f"{file} cannot be read")):
        Settings.from_env()


def test_characters_lie_in_the_data_directory_unless_told_otherwise() -> None:
    assert Settings.from_env({"ELIZA_DATA_DIR": "/d"}).characters_dir == Path("/d/data/characters")
    assert Settings.from_env({"ELIZA_DATA_DIR_CHARACTERS": "/c"}).characters_dir == Path("/c")


def _without_env(settings: Settings) -> dict[str, object]:
    return {name: getattr(settings, name) for name in Settings.__slots__ if name != "env"}
