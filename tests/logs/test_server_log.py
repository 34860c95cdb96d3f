"""ServerLog: what the server's people see of its log from afar."""

import logging
from collections.abc import Iterator

import pytest
from gevent import get_hub

from eliza.config import Settings
from eliza.events import Bus, LogWritten
from eliza.logs.redaction import Redaction
from eliza.logs.server_log import ServerLog, Sought

log = logging.getLogger("eliza.somewhere")
KEY = "sk-very-secret-0123456789"
SETTINGS = Settings(auth_token="door-key-4711", env={"OPENAI_API_KEY": KEY, "GREETING": "Good morning", "A_KEY": "on"})


class Heard(list[LogWritten]):
    """What was told of the log."""


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def server_log(heard: Heard, caplog: pytest.LogCaptureFixture) -> Iterator[ServerLog]:
    caplog.set_level(logging.DEBUG, "eliza")
    bus = Bus(lambda tell: tell())
    bus.subscribe(LogWritten, heard.append)
    opened = ServerLog(bus, Redaction.for_settings(SETTINGS))
    opened.open()
    yield opened
    opened.close()


def test_a_line_is_kept_once_with_its_facts(server_log: ServerLog, heard: Heard) -> None:
    log.warning("turn ended", extra={"agent": "Eliza", "agent_id": "1", "turn": "2", "count": 3, "well": True})

    [line] = _lines(server_log)
    assert (line.level, line.text, line.logger) == (40, "turn ended", "eliza.somewhere")
    assert (line.agent_name, line.agent_id) == ("Eliza", "1")
    assert line.fields == {"turn": "2", "count": 3, "well": True}
    assert heard == [line]


@pytest.mark.parametrize(
    ("level", "number"),
    [(50, 60), (40, 50), (30, 40), (25, 30), (20, 30), (10, 20), (5, 10)],
)
def test_levels_have_elizaos_numbers(
    server_log: ServerLog, caplog: pytest.LogCaptureFixture, level: int, number: int
) -> None:
    caplog.set_level(1, "eliza")

    log.log(level, "hello")

    assert [line.level for line in _lines(server_log)] == [number]


def test_a_failure_is_told_without_its_traceback(server_log: ServerLog) -> None:
    try:
        raise ValueError("no such thing")
    except ValueError:
        log.exception("it went wrong")

    [line] = _lines(server_log)
    assert (line.text, line.fields) == ("it went wrong: ValueError: no such thing", {})


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (f"refused {KEY}!", "refused ********!"),
        ("tried door-key-4711", "tried ********"),
        ("at postgres://ada:hunter2@host/db", "at postgres://ada:********@host/db"),
        ("Good morning, it is on", "Good morning, it is on"),
        ("half \ud83d", "half ?"),
    ],
    ids=["a provider's key", "our own key", "a password", "nothing secret", "half a character"],
)
def test_no_secret_is_shown(server_log: ServerLog, written: str, shown: str) -> None:
    log.info(written, extra={"reason": written})

    [line] = _lines(server_log)
    assert (line.text, line.fields["reason"]) == (shown, shown)


def test_the_newest_thousand_are_kept(server_log: ServerLog) -> None:
    for number in range(1005):
        log.info("line %s", number)

    page = server_log.last(Sought(), limit=2)

    assert ([line.text for line in page.items], page.total) == (["line 1003", "line 1004"], 1000)


def test_lines_about_the_telling_are_kept_and_not_told(server_log: ServerLog, heard: Heard) -> None:
    for name in ("eliza.realtime.transport.outbox", "eliza.events"):
        logging.getLogger(name).warning("nobody listens")

    assert (len(_lines(server_log)), heard) == (2, [])


def test_a_listener_that_fails_makes_no_endless_log(caplog: pytest.LogCaptureFixture) -> None:
    def fail(_line: LogWritten) -> None:
        raise RuntimeError("deaf")

    bus = Bus(lambda tell: tell())
    bus.subscribe(LogWritten, fail)
    server_log = ServerLog(bus, Redaction(()))
    server_log.open()
    log.warning("hello")
    server_log.close()

    assert [line.text for line in _lines(server_log)] == ["hello", "a subscriber failed: RuntimeError: deaf"]


def test_a_line_of_another_thread_is_told_on_the_loop(server_log: ServerLog, heard: Heard) -> None:
    get_hub().threadpool.apply(log.warning, ("from afar",))
    get_hub().threadpool.apply(int)

    assert [line.text for line in heard] == [line.text for line in _lines(server_log)] == ["from afar"]


def test_nothing_is_taken_before_and_after(server_log: ServerLog) -> None:
    server_log.close()

    log.warning("too late")

    assert _lines(server_log) == []


def _lines(server_log: ServerLog) -> list[LogWritten]:
    return server_log.last(Sought(), limit=1000).items
