"""A server in this process whose model says what a test wrote, and the page as a person uses it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from gevent.pywsgi import WSGIServer
from playwright.sync_api import Locator, Page

from eliza.agents.agents import AgentRecord
from eliza.config import Settings
from eliza.ids import DEFAULT_MESSAGE_SERVER
from eliza.llm.types import Provider
from eliza.messaging.channels import Channel
from eliza.messaging.messages import Draft
from eliza.plugins import Plugin
from eliza.realtime.transport.gate import Handler
from eliza.runtime.character import Character
from eliza.server import AgentServer
from eliza.testing.scripted import ScriptedModel, ScriptedProvider
from tests.services.processes import HOST


@dataclass(frozen=True)
class House:
    """The server, the model behind its agents, and where a browser finds it."""

    server: AgentServer
    model: ScriptedModel
    url: str

    @property
    def eliza(self) -> AgentRecord:
        return next(agent for agent in self.server.agents if agent.name == "Eliza")

    @property
    def channel(self) -> Channel:
        """The only channel there is."""
        (channel,) = self.server.get_channels_for_server(DEFAULT_MESSAGE_SERVER)
        return channel

    def say(self, channel_id: UUID, author_id: UUID, text: str) -> None:
        """Somebody speaks who is not on the page."""
        self.server.create_message(Draft(channel_id=channel_id, author_id=author_id, text=text, author_name="Someone"))

    def welcome(self, name: str) -> AgentRecord:
        """Another agent, running."""
        return self.server.register_agent(Character.parse({"name": name, "bio": f"{name} was made for a test."}))


@pytest.fixture
def open_house(tmp_path: Path) -> Iterator[Callable[..., House]]:
    """``open_house(auth_token=…)`` gives a running server with these settings; it is gone when the test ends.

    ``provider`` takes the place of the scripted one, ``plugins`` come on top of the built-in ones.
    """
    with ExitStack() as running:

        def build(provider: Provider | None = None, plugins: Sequence[Plugin] = (), **settings: object) -> House:
            model = ScriptedModel()
            chosen = Settings(data_dir=tmp_path / "data", **settings)  # type: ignore[arg-type]  # Passed on as they are.
            server = AgentServer(chosen, providers=[provider or ScriptedProvider(model)], plugins=plugins)
            server.initialize()
            running.callback(server.stop)
            web = WSGIServer((HOST, 0), server.app, handler_class=Handler, log=None)
            web.start()
            running.callback(web.stop, timeout=0)
            running.callback(server.socketio.server.eio.close_all)
            return House(server, model, f"http://{HOST}:{web.server_port}")

        yield build


@pytest.fixture
def house(open_house: Callable[..., House]) -> House:
    return open_house()


class Chat:
    """What a person does and sees on the page."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def visit(self, url: str) -> "Chat":
        self.page.goto(url)
        self.page.locator(".connection.online").wait_for(state="attached")
        return self

    def say(self, text: str) -> None:
        self.page.get_by_role("textbox", name="Message to").fill(text)
        self.page.keyboard.press("Enter")

    @property
    def replies(self) -> Locator:
        return self.page.locator(".message.other:not(.streaming) .bubble")

    @property
    def texts(self) -> list[str]:
        """Everything said, from the oldest to the newest."""
        return [text.strip() for text in self.page.locator(".message .bubble").all_inner_texts()]


@pytest.fixture
def chat(page: Page) -> Chat:
    return Chat(page)
