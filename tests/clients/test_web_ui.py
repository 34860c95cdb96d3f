"""The web interface that elizaOS ships, unmodified, served by ours and used as a person uses it."""

import base64
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gevent.event import Event
from playwright.sync_api import Browser, Locator, Page, expect

from eliza.ids import DEFAULT_MESSAGE_SERVER
from eliza.llm.errors import ModelRefused
from eliza.testing.clock import FrozenClock
from tests.house_kit import House, Room, id_of
from tests.services.chromium import complaints_of, open_page
from tests.services.processes import ROOT

BUNDLE = ROOT / "node_modules" / ".elizaos" / "web-ui"
ME = id_of("Whoever sits at the browser")
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)
ITS_OWN_FAULTS = {
    r"api\.github\.com/repos/elizaos": "asks GitHub for a newer elizaOS; our policy lets a page call nobody else",
    r"raw\.githubusercontent\.com/elizaos-plugins|Failed to fetch from registry": "asks GitHub for a list of plugins",
    r"Cannot leave channel .*: not connected": "leaves a channel once before it is connected",
}
"""What it complains about wherever it runs, and why."""

# It keeps who one is, that its tour was seen, and that the panel beside the chat is open.
MEMORIES = f"""
    localStorage.setItem("elizaos-client-user-id", "{ME}");
    localStorage.setItem("eliza-onboarding-completed", "true");
    localStorage.setItem("eliza-agent-sidebar-visible", "true");
"""
# It can page back, and has neither a button nor a scroll bar for it: nothing calls its own function but this.
PAGE_BACK = """() => {
    const entry = document.getElementById("root");
    const places = [entry[Object.keys(entry).find((key) => key.startsWith("__reactContainer$"))].stateNode.current];
    while (places.length) {
        const place = places.pop();
        places.push(...[place.sibling, place.child].filter(Boolean));
        const kept = [];
        for (let hook = place.memoizedState; hook?.next !== undefined; hook = hook.next) kept.push(hook.memoizedState);
        const fetches = kept.filter((one) => /limit:30,before:/.test(one?.[0]));
        const messages = kept.find((one) => one?.[0]?.createdAt);
        const oldest = Math.min(...(messages ?? []).map((message) => message.createdAt));
        if (messages && fetches.length) return Promise.all(fetches.map(([fetchBefore]) => fetchBefore(oldest - 1)));
    }
    throw new Error("The page is not the one that was looked through.");
}"""


class OldPage:
    """What a person does and sees on elizaOS's page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.talk = page.get_by_test_id("chat-messages")

    def visits(self, room: Room) -> None:
        self.page.goto(f"/group/{room.id}?messageServerId={DEFAULT_MESSAGE_SERVER}")

    def says(self, text: str) -> None:
        expect(self.page.get_by_role("button", name="Connected", exact=True)).to_be_visible()
        box = self.page.get_by_test_id("chat-input")
        expect(box).to_be_enabled()
        box.fill(text)
        box.press("Enter")

    def hears(self, text: str) -> None:
        expect(self.talk.get_by_text(text, exact=True)).to_be_visible()

    def attaches(self, name: str, content: bytes) -> None:
        chosen: Any = {"name": name, "mimeType": "image/png", "buffer": content}
        self.page.get_by_test_id("chat-container").locator("input[type=file]").set_input_files(chosen)

    def panel(self, name: str) -> Locator:
        """One of the panels beside the chat, opened."""
        self.page.get_by_role("tab", name=name).click()
        return self.page.get_by_role("tabpanel", name=name)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    opened = House(tmp_path_factory.mktemp("house"), ui_dir=BUNDLE)
    yield opened
    opened.close()


@pytest.fixture
def old(browser: Browser, house: House) -> Iterator[OldPage]:
    with open_page(browser, base_url=house.serve()) as page:
        yield from _watched(page)


def test_it_lists_the_agents_and_shows_an_answer_while_it_is_written(old: OldPage, house: House) -> None:
    house.agent("Ada")
    rest = Event()
    house.model.will_say(_in_pieces("Good morning, ", "my friend.", rest))
    old.page.goto("/")
    expect(old.page.get_by_role("heading", level=3)).to_have_text(["Ada", "Eliza"])

    old.page.get_by_role("heading", name="Eliza").click()
    old.says("Good morning")
    old.hears("Good morning,")
    expect(old.page.get_by_test_id("chat-input")).to_be_disabled()
    rest.set()

    old.hears("Good morning, my friend.")
    expect(old.page.get_by_test_id("chat-input")).to_be_enabled()


def test_it_hears_answers_again_after_its_connection_broke(old: OldPage, house: House) -> None:
    old.page.goto(f"/chat/{house.agent('Gwen')}")
    expect(old.page.get_by_role("button", name="Connected", exact=True)).to_be_visible()

    for connection in list(house.server.socketio.server.eio.sockets.values()):
        connection.close()
    expect(old.page.get_by_role("button", name="Disconnected")).to_be_visible()
    old.says("Where were we?")

    old.hears("All right.")


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


def test_an_image_is_shown_to_people_and_stays(old: OldPage, house: House) -> None:
    old.page.goto(f"/chat/{house.eliza}")
    expect(old.page.get_by_test_id("chat-input")).to_be_enabled()
    old.attaches("red.png", PIXEL)

    old.says("Look at this")

    old.hears("All right.")
    _is_seen(old.talk.get_by_role("img", name="red.png"))
    old.page.reload()
    _is_seen(old.talk.get_by_role("img", name="red.png"))


def test_an_image_is_shown_in_a_group_too(old: OldPage, house: House) -> None:
    old.visits(house.room(ME, house.eliza))
    expect(old.page.get_by_test_id("chat-input")).to_be_enabled()
    old.attaches("red.png", PIXEL)

    old.says("Look at this")

    old.hears("All right.")
    old.page.reload()
    _is_seen(old.talk.get_by_role("img", name="red.png"))


def test_it_pages_back_through_a_hundred_messages(browser: Browser, tmp_path: Path) -> None:
    clock = FrozenClock()
    house = House(tmp_path / "long", clock=clock, ui_dir=BUNDLE)
    room = house.room(ME, "Bob")
    for number in range(1, 101):
        clock.advance(1)  # It asks for what is older than the oldest message it has, less a millisecond.
        room.says(ME, f"Line {number:03}")

    with open_page(browser, base_url=house.serve()) as page:
        for old in _watched(page):
            old.visits(room)
            lines = old.talk.get_by_text(re.compile(r"^Line \d{3}$"))
            for count in (30, 60, 90, 100):
                expect(lines).to_have_count(count)
                assert lines.first.inner_text() == f"Line {101 - count:03}"
                page.evaluate(PAGE_BACK)
    house.close()


def test_an_agent_is_edited_and_keeps_its_secrets(old: OldPage, house: House) -> None:
    agent_id = house.agent("Dora", system="You are Dora.", settings={"secrets": {"TOKEN": "hidden"}})
    old.page.goto(f"/settings/{agent_id}")
    old.page.get_by_label("System", exact=False).fill("You are Dora, and you rhyme.")
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


def _watched(page: Page) -> Iterator[OldPage]:
    """A page at which one has sat before. It must have complained of nothing but its own faults."""
    page.add_init_script(MEMORIES)
    page.set_viewport_size({"width": 1500, "height": 900})
    complaints = complaints_of(page)
    yield OldPage(page)
    assert [line for line in complaints if not any(re.search(fault, line) for fault in ITS_OWN_FAULTS)] == []


def _in_pieces(first: str, rest: str, gate: Event) -> Iterator[str]:
    yield first
    gate.wait()
    yield rest


def _is_seen(image: Locator) -> None:
    expect(image).to_be_visible()
    expect(image).to_have_js_property("naturalWidth", 1)
