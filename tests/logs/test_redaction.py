"""Redaction: no line of the log holds what opens a door, on the console as little as from afar."""

import logging
import re
import time
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from eliza.config import Settings
from eliza.logs import output
from eliza.logs.redaction import Redaction
from eliza.telltales import MASK
from tests.house_kit import House

KEY = "eliza_Zm9vYmFyYmF6cXV4Zm9v"
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJlLWhlcmU"
SECRET = "sesame-0815-open"

Lines = Any


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (f"came with {KEY}, refused", f"came with {MASK}, refused"),
        (f"token={TOKEN}&x=1", f"token={MASK}&x=1"),
        (f"Authorization: Bearer {TOKEN}", f"Authorization: Bearer {MASK}"),
        ("authorization: Basic YWRhOmh1bnRlcjI=", f"authorization: Basic {MASK}"),
        ('{"Authorization": "hunter2-hunter2"}', f'{{"Authorization": "{MASK}"}}'),
        ("sent bearer abcdefghijklmnopqrst", f"sent bearer {MASK}"),
        ("redis://:hunter2@host/0", f"redis://:{MASK}@host/0"),
        ("eliza_home, the bearer of news, eyJ.a, authorization is needed", None),
    ],
    ids=["a key", "a token", "a header", "a password", "in JSON", "alone", "an address", "innocent"],
)
def test_credentials_are_known_by_their_looks(written: str, shown: str | None) -> None:
    assert Redaction(())(written) == (shown or written)


def test_what_is_learned_is_masked_from_then_on() -> None:
    redaction = Redaction(["the door key 4711"])
    before = redaction(f"it is {SECRET}")

    redaction.learn(SECRET)
    redaction.learn(f"{SECRET}-and-more")
    redaction.learn("on")

    assert before == f"it is {SECRET}"
    assert redaction(f"it is on: {SECRET}-and-more, {SECRET}") == f"it is on: {MASK}, {MASK}"


def test_of_very_many_secrets_the_newest_are_known() -> None:
    redaction = Redaction([SECRET])

    for number in range(1500):
        redaction.learn(f"secret number {number:04}")

    assert redaction(f"{SECRET} secret number 1499") == f"{MASK} {MASK}"
    assert redaction("secret number 0000") == "secret number 0000"


def test_a_long_line_is_looked_through_quickly() -> None:
    redaction = Redaction([SECRET])
    begun = time.monotonic()

    for text in ("eyJ" * 300_000, "eyJ.a" * 200_000, "authorization" * 80_000, "bearer " * 150_000, "eliza_" * 150_000):
        redaction(text)

    assert time.monotonic() - begun < 2


@pytest.mark.parametrize("as_json", [False, True], ids=["for people", "as JSON"])
def test_the_console_shows_no_secret_and_obeys_nobody(lines: Lines, as_json: bool) -> None:
    log = lines(Settings(auth_token=SECRET), as_json=as_json)
    try:
        raise ValueError(f"with {SECRET}")
    except ValueError:
        log.exception("came with %s", KEY, extra={"given": [TOKEN], "quoted": f'"{SECRET}"', "file": "\x1b[2J", "n": 1})

    written = lines.text()
    assert [one for one in (SECRET, KEY, TOKEN, "\x1b[2J") if one in _plain(written)] == []
    assert ("ValueError" in written, "Traceback" in written, MASK in written) == (True, True, True)
    if as_json:
        assert orjson.loads(written)["n"] == 1


def test_the_secrets_of_agents_are_in_no_line(small_house: House) -> None:
    agent = small_house.agent("Ada", settings={"secrets": {"API": SECRET}, "DISCORD_TOKEN": "discord-4711-token"})
    small_house.http.patch(f"/api/agents/{agent}", json={"settings": {"LATER_KEY": "a-later-key-0815"}})

    logging.getLogger("eliza.plugin").warning("refused %s, discord-4711-token and a-later-key-0815", SECRET)

    assert [line["msg"] for line in _server_log(small_house) if line["logger"] == "eliza.plugin"] == [
        f"refused {MASK}, {MASK} and {MASK}"
    ]


def test_no_prompt_and_no_secret_is_logged_while_an_agent_answers(
    small_house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "eliza")
    agent = small_house.agent("Ada", settings={"secrets": {"API": SECRET}}, system="You keep the word mellon.")
    room = small_house.room("Bob", agent)
    small_house.model.will_say("Here is the answer pedo.")
    room.asks("Bob", "What is the question abracadabra?")

    told = " ".join(str(vars(record)) + record.getMessage() for record in caplog.records)
    assert [word for word in ("mellon", "abracadabra", "pedo.", SECRET) if word in told] == []
    assert caplog.records


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Iterator[Lines]:
    """``lines(settings, as_json=…)`` gives a logger that writes to the console; ``lines.text()`` is what it wrote."""
    root = logging.getLogger("eliza")
    before = (root.handlers, root.propagate, root.level)

    class Lines:
        def __call__(self, settings: Settings, *, as_json: bool) -> logging.Logger:
            output.configure("info", as_json=as_json, redaction=Redaction.for_settings(settings))
            return logging.getLogger("eliza.test")

        def text(self) -> str:
            return capsys.readouterr().err

    yield Lines()
    root.handlers, root.propagate, root.level = before


def _plain(text: str) -> str:
    """Without the colours of the console itself."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def _server_log(house: House) -> list[Any]:
    found: list[Any] = house.http.get("/api/server/logs").json["logs"]
    return found
