"""A lost database: whoever asks is told so soon, what is asked again is done once, and it passes by itself."""

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import gevent
import psycopg
import pytest

from eliza.db import Database
from eliza.ids import new_id
from tests.house_kit import Answer, House, Room, at_once
from tests.services.postgres import PostgresServer
from tests.services.waiting import eventually

_BREAK = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock' AND state = 'active'
"""


@pytest.fixture
def house(data_dir: Path, own_postgres: PostgresServer) -> Iterator[House]:
    """Gives up on its database after a second."""
    with own_postgres.database() as url, closing(House(data_dir, url, database_seconds=1)) as opened:
        yield opened


def test_a_server_that_is_gone_is_told_soon_and_found_again(house: House, own_postgres: PostgresServer) -> None:
    room, ada, key = house.room("Ada", "Bob"), house.socket("Ada"), str(new_id())
    room.says("Ada", "Before.")
    own_postgres.kill()

    began = time.monotonic()
    refused = at_once(*[lambda: _post(room, "During.", key) for _ in range(60)], lambda: house.http.get(room.url))
    took = time.monotonic() - began
    health = house.http.get("/health")

    assert {_refusal(answer) for answer in refused} == {(503, "5", "DATABASE_UNAVAILABLE")}
    assert (health.status_code, health.json["dependencies"]["database"]) == (503, "unavailable")
    assert ada.says(room, "During.")["code"] == ada.hears("messageError")["code"] == "DATABASE_UNAVAILABLE"
    assert took < 10

    own_postgres.restart(fsync=True)

    eventually(lambda: room.post("Ada", "After.").status_code == 201, within=10)
    again = at_once(*[lambda: _post(room, "During.", key) for _ in range(20)])
    assert {answer.status_code for answer in again} == {201}
    assert room.history() == ["Before.", "After.", "During."]
    assert ada.says(room, "And over the socket.")["ok"]


def test_a_connection_that_breaks_before_the_commit_is_noticed_by_nobody(
    house: House, own_postgres: PostgresServer
) -> None:
    room = house.room("Ada", "Bob")
    url = house.server.settings.postgres_url or ""
    with psycopg.connect(url) as other, psycopg.connect(url, autocommit=True) as breaking:
        other.execute("SELECT * FROM channels WHERE id = %s FOR UPDATE", [room.id])
        asked = [gevent.spawn(room.post, "Ada", f"{number}") for number in range(10)]
        eventually(lambda: breaking.execute(_BREAK).fetchall())

    assert [one.get(timeout=10).status_code for one in asked] == [201] * 10
    assert sorted(room.history()) == [str(number) for number in range(10)]


def test_a_server_that_stands_still_holds_nobody_for_long(house: House, own_postgres: PostgresServer) -> None:
    room, key = house.room("Ada", "Bob"), str(new_id())
    at_once(*[lambda number=number: room.says("Ada", f"{number}") for number in range(30)])
    before = room.history()

    with own_postgres.frozen():
        began = time.monotonic()
        refused = at_once(*[lambda: _post(room, "Hello?", key) for _ in range(60)], lambda: house.http.get(room.url))
        took = time.monotonic() - began

    assert {_refusal(answer) for answer in refused} == {(503, "5", "DATABASE_UNAVAILABLE")}
    assert took < 15
    eventually(lambda: _post(room, "Hello?", key).status_code == 201, within=10)
    assert {_post(room, "Hello?", key).headers["Idempotency-Replayed"] for _ in range(25)} == {"true"}
    assert room.history() == [*before, "Hello?"]


def test_a_statement_that_takes_too_long_is_cut_off(house: House) -> None:
    slow = Database.open_postgres(house.server.settings.postgres_url or "", seconds=1)
    with closing(slow), pytest.raises(Exception, match="does not answer") as told, slow.read():
        slow.orm.execute_sql("SELECT pg_sleep(30)")

    assert type(told.value).__name__ == "DatabaseUnavailable"


def _post(room: Room, text: str, key: str) -> Answer:
    return room.post("Ada", text, headers={"Idempotency-Key": key})


def _refusal(answer: Answer) -> tuple[int, str | None, str]:
    return answer.status_code, answer.headers.get("Retry-After"), answer.json["code"]


def test_what_would_be_written_to_a_file_that_nobody_finds_is_refused(tmp_path: Path) -> None:
    file, elsewhere = tmp_path / "eliza.db", tmp_path / "elsewhere.db"
    with closing(House(tmp_path)) as house:
        room = house.room("Ada", "Bob")
        room.says("Ada", "Before.")

        file.rename(elsewhere)
        taken_away = room.post("Ada", "During.")
        file.write_bytes(b"")
        replaced = room.post("Ada", "During.")
        elsewhere.rename(file)

        assert {_refusal(answer) for answer in (taken_away, replaced)} == {(503, "5", "DATABASE_UNAVAILABLE")}
        room.says("Ada", "After.")
        assert room.history() == ["Before.", "After."]
