"""The services themselves: a test that stands on one must be able to trust it."""

import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import gevent
import psutil
import psycopg
import pytest
from playwright.sync_api import Page
from redis import Redis

from eliza.db import Database
from tests.services.node import conversation, outcome_of
from tests.services.postgres import PostgresServer
from tests.services.processes import HOST, Process, clean_environment
from tests.services.redis import RedisServer
from tests.services.waiting import eventually


def test_each_test_has_a_postgres_database_of_its_own(postgres: PostgresServer) -> None:
    with postgres.database() as one, postgres.database() as other:
        with psycopg.connect(one, autocommit=True) as connection:
            connection.execute("CREATE TABLE mine ()")

        with psycopg.connect(other) as connection:
            assert connection.execute("SELECT to_regclass('mine')").fetchone() == (None,)


def test_a_built_database_is_empty_each_time_and_its_tables_stay(postgres: PostgresServer) -> None:
    url = postgres.emptied("built", _build)
    left_open = psycopg.connect(url, autocommit=True)
    left_open.execute("INSERT INTO kept VALUES (1)")

    again = postgres.emptied("built", _build)

    with psycopg.connect(again) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)
    with pytest.raises(psycopg.OperationalError):
        left_open.execute("SELECT 1")


def test_the_database_of_a_test_has_every_table(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        tables = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()

    assert tables is not None
    assert tables[0] > 1


def test_a_database_opens_on_each_backend(database: Database, backend: str) -> None:
    assert database.dialect == backend


def test_what_postgres_committed_survives_its_death(postgres: PostgresServer) -> None:
    with postgres.database() as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
            connection.execute("CHECKPOINT")

        postgres.kill()
        postgres.restart()

        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT one FROM kept").fetchone() == (1,)


def test_redis_carries_a_message_and_starts_each_test_empty(redis_server: RedisServer, redis_url: str) -> None:
    with Redis.from_url(redis_url) as client, client.pubsub() as inbox:
        client.set("left", "over")
        inbox.subscribe("news")
        eventually(lambda: client.pubsub_numsub("news")[0][1] == 1)
        client.publish("news", "hello")

        heard = eventually(lambda: inbox.get_message(ignore_subscribe_messages=True))
        redis_server.clear()

        assert heard["data"] == b"hello"
        assert client.get("left") is None


def test_the_browser_runs_a_page_while_the_test_serves_it(page: Page) -> None:
    server = ThreadingHTTPServer((HOST, 0), _Greeting)
    Thread(target=server.serve_forever, daemon=True).start()

    page.goto(f"http://{HOST}:{server.server_port}/")
    page.get_by_role("button", name="Greet").click()

    assert page.get_by_role("status").inner_text() == "Hello"
    server.shutdown()


def test_a_script_goes_on_when_it_is_told_to(tmp_path: Path) -> None:
    script = tmp_path / "script.mjs"
    script.write_text('console.log(1); process.stdin.once("data", () => { console.log(2); process.exit(); });')

    with conversation(script) as talk:
        first = talk.tells()
        talk.goes_on()

        assert (first, talk.tells()) == (1, 2)


def test_a_script_that_breaks_is_reported_with_its_complaint(tmp_path: Path) -> None:
    script = tmp_path / "script.mjs"
    script.write_text('throw new Error("I give up");')

    with pytest.raises(AssertionError, match="I give up"):
        outcome_of(script)


def test_a_process_that_ends_too_early_is_reported_with_its_log(tmp_path: Path) -> None:
    process = _python("print('I give up'); raise SystemExit(3)", tmp_path)

    assert process.wait(within=10) == 3
    assert process.log == "I give up\n"


def test_a_kill_takes_the_children_along(tmp_path: Path) -> None:
    child = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
    process = _python(f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])", tmp_path)
    child_id = int(eventually(lambda: process.log))

    process.kill()

    assert not process.is_running
    eventually(lambda: not _is_alive(child_id))


def test_no_setting_of_the_machine_reaches_a_test(tmp_path: Path) -> None:
    assert [name for name in os.environ if name.endswith(("_KEY", "_TOKEN", "_URL"))] == []
    assert Path.cwd() == tmp_path


def test_eventually_waits_for_what_comes_and_says_what_did_not() -> None:
    arrived: list[str] = []
    gevent.spawn_later(0.05, arrived.append, "late")

    assert eventually(lambda: arrived) == ["late"]
    with pytest.raises(AssertionError, match="Not true within"):
        eventually(lambda: arrived == ["never"], within=0.05)


def _build(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept (one integer)")


def _python(code: str, folder: Path) -> Process:
    return Process([sys.executable, "-c", code], log_path=folder / "log", env=clean_environment(folder), cwd=folder)


def _is_alive(process_id: int) -> bool:
    try:
        return psutil.Process(process_id).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


class _Greeting(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = (
            b"<!doctype html><title>t</title><link rel='icon' href='data:,'><output></output>"
            b"<button onclick=\"document.querySelector('output').textContent='Hello'\">Greet</button>"
        )
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  # The base class names it so.
        """Say nothing: pytest prints what a test needs."""
