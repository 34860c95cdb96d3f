"""AgentServer: the whole server as a library, and every way of running it as a program."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from eliza.config import Settings
from eliza.db.known import UnknownServer
from eliza.errors import ConfigurationError
from eliza.ids import DEFAULT_MESSAGE_SERVER, to_uuid
from eliza.messaging.channels import ChannelNotFound
from eliza.messaging.messages import Draft
from eliza.runtime.character import Character
from eliza.server import AgentServer
from eliza.testing.scripted import ScriptedModel, ScriptedProvider
from tests.house_kit import House, Socket, id_of
from tests.services.processes import HOST, ROOT, Process, clean_environment, free_port
from tests.services.waiting import eventually

ADA, ELIZA = id_of("Ada"), to_uuid("Eliza")
GUNICORN = [sys.executable, "-m", "gunicorn", "--config", str(ROOT / "gunicorn.conf.py")]
STOCK_WORKER = "geventwebsocket.gunicorn.workers.GeventWebSocketWorker"


def test_the_verbs_of_the_library_tell_a_whole_story(house: House) -> None:
    server = house.server
    house.model.will_say("Hello, Ada.")

    alpha = server.register_agent(Character.parse({"name": "Alpha", "bio": "Listens."}))
    mill = server.create_server("Mill", "test")
    server.add_agent_to_server(mill.id, alpha.id)
    channel = server.create_channel("Tea", [ADA, alpha.id], type="DM", server_id=mill.id)
    said = server.create_message(Draft(channel.id, ADA, "Hi!"))
    eventually(lambda: len(server.get_messages_for_channel(channel.id)) == 2)

    assert [agent.name for agent in server.agents] == ["Alpha", "Eliza"]
    assert {one.id for one in server.get_servers()} == {DEFAULT_MESSAGE_SERVER, mill.id}
    assert server.get_server_by_id(mill.id).name == "Mill"
    assert [one.id for one in server.get_channels_for_server(mill.id)] == [channel.id]
    assert server.get_channel_details(channel.id).last_seq == 2
    assert [message.text for message in server.get_messages_for_channel(channel.id)] == ["Hello, Ada.", "Hi!"]
    assert server.delete_message(channel.id, said.id)
    assert not server.delete_message(channel.id, said.id)
    assert [message.text for message in server.get_messages_for_channel(channel.id, limit=5)] == ["Hello, Ada."]


def test_an_agent_that_was_unregistered_is_there_and_silent(house: House) -> None:
    house.server.unregister_agent(house.eliza)

    assert [(agent.name, agent.is_active) for agent in house.server.agents] == [("Eliza", False)]


def test_what_is_not_there_is_said_to_be_missing(small_house: House) -> None:
    nobody = to_uuid("nobody")

    with pytest.raises(UnknownServer):
        small_house.server.get_server_by_id(nobody)
    with pytest.raises(ChannelNotFound):
        small_house.server.get_channel_details(nobody)
    with pytest.raises(ChannelNotFound):
        small_house.server.create_message(Draft(nobody, ADA, "Hi!"))


def test_initializing_twice_is_initializing_once(data_dir: Path) -> None:
    server = _server(data_dir)
    before = server.is_initialized

    app, database = server.initialize().app, server.database
    again = server.initialize()

    assert (before, again.is_initialized) == (False, True)
    assert (again, again.app, again.database) == (server, app, database)
    server.stop()


def test_stopping_twice_is_stopping_once(data_dir: Path) -> None:
    server = _server(data_dir).initialize()

    server.stop()
    server.stop()

    assert not server.is_initialized


def test_a_second_server_can_open_what_the_first_has_closed(data_dir: Path) -> None:
    first = _server(data_dir).initialize()
    channel = first.create_channel("Tea", [ADA, id_of("Bob")])
    first.create_message(Draft(channel.id, ADA, "Hi!"))
    first.stop()

    second = _server(data_dir).initialize()

    assert [message.text for message in second.get_messages_for_channel(channel.id)] == ["Hi!"]
    second.stop()


def test_middlewares_stand_around_the_application_the_first_outermost(open_house: Callable[..., House]) -> None:
    passed: list[str] = []

    def named(name: str) -> Callable[[Any], Any]:
        def middleware(app: Any) -> Any:
            def call(environ: Any, start: Any) -> Any:
                passed.append(name)
                return app(environ, start)

            return call

        return middleware

    house = open_house(middlewares=[named("outer"), named("inner")])
    passed.clear()

    assert house.http.get("/healthz").status_code == 200
    assert passed == ["outer", "inner"]


def test_the_web_page_is_on_unless_it_was_switched_off(data_dir: Path) -> None:
    assert _server(data_dir).is_web_ui_enabled
    assert not AgentServer(Settings(ui_enabled=False)).is_web_ui_enabled


def test_an_open_server_is_not_started_where_others_can_reach_it(data_dir: Path) -> None:
    server = AgentServer(Settings(host="0.0.0.0", data_dir=data_dir), providers=[ScriptedProvider(ScriptedModel())])

    with pytest.raises(ConfigurationError, match="ELIZA_SERVER_AUTH_TOKEN"):
        server.start(0)
    server.stop()


def test_two_servers_with_directories_of_their_own_know_nothing_of_each_other(tmp_path: Path) -> None:
    first = _server(tmp_path / "one").initialize()
    first.create_channel("Tea", [ADA])
    first.stop()
    second = _server(tmp_path / "two").initialize()

    assert second.get_channels_for_server(DEFAULT_MESSAGE_SERVER) == []
    second.stop()


# As a program


@pytest.mark.parametrize(
    "command",
    [
        [sys.executable, str(ROOT / "app.py")],
        [sys.executable, "-m", "flask", "--app", "app", "run", "--port", "{port}"],
        [*GUNICORN, "wsgi:app"],
        [*GUNICORN, "-k", STOCK_WORKER, "-w", "1", "-b", f"{HOST}:{{port}}", "wsgi:app"],
    ],
    ids=["python app.py", "flask run", "gunicorn", "gunicorn with the stock worker"],
)
def test_however_it_is_run_it_answers_over_http_and_over_a_socket(command: list[str], tmp_path: Path) -> None:
    port = free_port()
    env = {**clean_environment(tmp_path), "SERVER_PORT": str(port), "ELIZA_LOCAL_MODEL": "off"}
    process = Process([part.format(port=port) for part in command], log_path=tmp_path / "log", env=env, cwd=tmp_path)
    url = f"http://{HOST}:{port}"
    eventually(lambda: not process.is_running or requests.get(f"{url}/healthz", timeout=5).ok, within=30)
    assert process.is_running, process.log

    query = f"currentUserId={ADA}&targetUserId={ELIZA}"
    channel = requests.get(f"{url}/api/messaging/dm-channel?{query}", timeout=10).json()["data"]["id"]
    asked = requests.post(
        f"{url}/api/messaging/channels/{channel}/messages",
        json={"author_id": str(ADA), "content": "Hello!", "transport": "http"},
        timeout=20,
    )
    socket = Socket(url, "Ada")
    socket.says(to_uuid(channel), "I am happy.")
    socket.joins(to_uuid(channel), lastSeq=2)
    answered = eventually(lambda: [one for one in socket.all("messageBroadcast") if one["seq"] == 4], within=10)

    assert asked.json()["agentResponse"]["text"]
    assert (answered[0]["isAgent"], bool(answered[0]["text"])) == (True, True)
    assert "Traceback" not in process.log
    socket.close()
    process.kill()


def test_a_program_that_cannot_start_says_why_in_a_sentence(tmp_path: Path) -> None:
    env = {**clean_environment(tmp_path), "SERVER_HOST": "0.0.0.0", "SERVER_PORT": str(free_port())}

    process = Process([*GUNICORN, "wsgi:app"], log_path=tmp_path / "log", env=env, cwd=tmp_path)

    assert process.wait(within=20) != 0
    assert "0.0.0.0 can be reached from other machines" in process.log
    assert "Traceback" not in process.log


def _server(data_dir: Path) -> AgentServer:
    return AgentServer(data_dir=data_dir, providers=[ScriptedProvider(ScriptedModel())])
