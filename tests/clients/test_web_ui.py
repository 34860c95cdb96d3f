"""The web interface of elizaOS, served by our server and used as a person uses it."""

from collections.abc import Iterator

import pytest
from gevent.event import Event
from playwright.sync_api import Browser, expect

from eliza.llm.errors import ModelRefused
from tests.clients.old_page import BUNDLE, ME, OldPage, is_seen, sit_down
from tests.house_kit import House


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    opened = House(tmp_path_factory.mktemp("house"), ui_dir=BUNDLE)
    yield opened
    opened.close()


@pytest.fixture
def old(browser: Browser, house: House) -> Iterator[OldPage]:
    with sit_down(browser, house) as page:
        yield page


def test_it_lists_the_agents_and_shows_an_answer_while_it_is_written(old: OldPage, house: House) -> None:
    house.agent("Ada")
    rest = Event()
    house.model.will_say(_in_pieces("Good morning, ", "my friend.", rest))
    old.page.goto("/")
    for name in ("Ada", "Eliza"):
        expect(old.page.get_by_role("heading", name=name)).to_be_visible()

    old.page.get_by_role("heading", name="Eliza").click()
    old.says("Good morning")
    old.hears("Good morning,")
    expect(old.page.get_by_test_id("chat-input")).to_be_disabled()
    rest.set()

    old.hears("Good morning, my friend.")
    expect(old.page.get_by_test_id("chat-input")).to_be_enabled()


def test_an_answer_comes_through_though_the_connection_breaks_in_the_middle_of_it(old: OldPage, house: House) -> None:
    rest = Event()
    house.model.will_say(_in_pieces("We were ", "at the sea.", rest))
    old.page.goto(f"/chat/{house.agent('Gwen')}")
    old.says("Where were we?")
    old.hears("We were")

    for connection in list(house.server.socketio.server.eio.sockets.values()):
        connection.close()
    expect(old.page.get_by_role("button", name="Disconnected")).to_be_visible()
    expect(old.page.get_by_role("button", name="Connected", exact=True)).to_be_visible()
    rest.set()

    old.hears("We were at the sea.")


def test_several_agents_share_a_group(old: OldPage, house: House) -> None:
    house.agent("Bea")
    house.agent("Cleo")
    rest = Event()
    house.model.will_say(_in_pieces("I heard ", "my name.", rest))
    old.page.goto("/")
    old.page.get_by_role("tab", name="Groups").click()
    old.page.get_by_role("button", name="Create New Group").click()
    agents = old.page.get_by_role("main")
    agents.get_by_text("Select agents...").click()
    agents.get_by_text("Bea").click()
    agents.get_by_text("Cleo").click()
    old.page.get_by_label("Chat Name (Optional)").fill("The council")
    old.page.get_by_role("heading", name="Create Group Chat").click()
    old.page.get_by_role("button", name="Create Group").click()

    expect(old.page.get_by_role("heading", name="The council")).to_be_visible()
    old.says("Cleo, are you here?")
    old.hears("I heard")
    rest.set()

    old.hears("I heard my name.")
    expect(old.talk).to_contain_text("Cleo")


def test_an_image_is_shown_in_a_group_and_stays(old: OldPage, house: House) -> None:
    old.visits(house.room(ME, house.eliza))
    old.attaches_an_image("red.png")

    old.says("Look at this")

    old.hears("All right.")
    is_seen(old.talk.get_by_role("img", name="red.png"))
    old.page.reload()
    is_seen(old.talk.get_by_role("img", name="red.png"))


def test_an_agent_is_edited_and_keeps_its_secrets(old: OldPage, house: House) -> None:
    agent_id = house.agent("Dora", system="You are Dora.", settings={"secrets": {"TOKEN": "hidden"}})
    old.page.goto(f"/settings/{agent_id}")
    old.page.get_by_label("System").fill("You are Dora, and you rhyme.")
    old.page.get_by_role("button", name="Save").click()

    expect(old.page.get_by_text("Agent updated successfully", exact=True)).to_be_visible()
    changed = house.http.get(f"/api/agents/{agent_id}").json["data"]
    assert (changed["name"], changed["system"]) == ("Dora", "You are Dora, and you rhyme.")
    [kept] = [agent.character for agent in house.server.agents if agent.id == agent_id]
    assert kept.settings["secrets"] == {"TOKEN": "hidden"}


def test_the_panels_show_what_an_agent_remembers_did_and_logged(old: OldPage, house: House) -> None:
    agent_id = house.agent("Edda")
    old.page.goto(f"/chat/{agent_id}")
    old.says("Tell me a story")
    old.hears("All right.")

    memories = old.panel("Memories")
    expect(memories.get_by_text("Tell me a story")).to_be_visible()
    expect(memories.get_by_text("All right.")).to_be_visible()
    timeline = old.panel("Timeline")
    expect(timeline.get_by_text("TEXT_LARGE")).to_be_visible()
    expect(timeline.get_by_text("REPLY")).to_be_visible()
    calls = old.panel("Model Calls")
    expect(calls.get_by_text("LLM")).to_be_visible()
    expect(calls.get_by_text("Tokens:")).to_be_visible()

    house.model.will_say(ModelRefused("I must not speak of this."))
    old.says("Tell me another one")
    expect(old.panel("Logs").get_by_text("turn failed")).to_be_visible()
    old.page.goto("/logs")
    expect(old.page.get_by_text("turn failed")).to_be_visible()


def _in_pieces(first: str, rest: str, gate: Event) -> Iterator[str]:
    yield first
    gate.wait()
    yield rest
