"""The settings of sessions: every variable, and the bounds that elizaOS sets them."""

import pytest

from eliza.config import SessionSettings, Settings
from eliza.errors import ConfigurationError


@pytest.mark.parametrize(
    ("name", "field", "default", "least", "most"),
    [
        ("SESSION_DEFAULT_TIMEOUT_MINUTES", "minutes", 30, 1, 10080),
        ("SESSION_TIMEOUT_MINUTES", "minutes", 30, 1, 10080),
        ("SESSION_MIN_TIMEOUT_MINUTES", "shortest", 5, 1, 60),
        ("SESSION_MAX_TIMEOUT_MINUTES", "longest", 1440, 60, 10080),
        ("SESSION_MAX_DURATION_MINUTES", "longest_duration", 720, 60, 20160),
        ("SESSION_WARNING_THRESHOLD_MINUTES", "warning", 5, 1, 60),
        ("SESSION_CLEANUP_INTERVAL_MINUTES", "sweep_minutes", 5, 1, 60),
    ],
)
def test_a_number_is_brought_within_its_bounds(name: str, field: str, default: int, least: int, most: int) -> None:
    texts = {"": default, "60": 60, "-1": least, "0": least, "1000000": most}

    assert {text: getattr(_read({name: text}), field) for text in texts} == texts


def test_the_name_that_agents_use_goes_before() -> None:
    both = {"SESSION_DEFAULT_TIMEOUT_MINUTES": "10", "SESSION_TIMEOUT_MINUTES": "20"}

    assert _read(both).minutes == 20


def test_what_is_on_or_off_is_written_as_a_word() -> None:
    words = {"SESSION_AUTO_RENEW": "off", "CLEAR_SESSIONS_ON_SHUTDOWN": "yes"}

    assert _read(words) == SessionSettings(auto_renew=False, end_on_shutdown=True)
    assert _read({}) == SessionSettings(auto_renew=True, end_on_shutdown=False)


@pytest.mark.parametrize(
    "name", ["SESSION_DEFAULT_TIMEOUT_MINUTES", "SESSION_AUTO_RENEW", "CLEAR_SESSIONS_ON_SHUTDOWN"]
)
def test_what_cannot_be_understood_is_refused_by_name(name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^{name}=soon "):
        _read({name: "soon"})


def test_a_duration_longer_than_two_timeouts_is_still_allowed_to_clients() -> None:
    assert SessionSettings().longest_duration_allowed == 2880
    assert SessionSettings(longest_duration=20160).longest_duration_allowed == 20160


def _read(env: dict[str, str]) -> SessionSettings:
    return Settings.from_env(env).sessions
