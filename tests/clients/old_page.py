"""OldPage: the web interface that elizaOS ships, unmodified, and what a person does and sees there."""

import base64
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Locator, Page, expect

from eliza.ids import DEFAULT_MESSAGE_SERVER
from tests.house_kit import House, Room, id_of
from tests.services.chromium import complaints_of, open_page
from tests.services.processes import ROOT

BUNDLE = ROOT / "node_modules" / ".elizaos" / "web-ui"
ME = id_of("Whoever sits at the browser")
_PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)
_ITS_OWN_FAULTS = {
    r"api\.github\.com/repos/elizaos": "asks GitHub for a newer elizaOS; our policy lets a page call nobody else",
    r"raw\.githubusercontent\.com/elizaos-plugins|Failed to fetch from registry": "asks GitHub for a list of plugins",
    r"401 .*/api/system/version|server version: 401": "asks for the version without the key it has",
    r"Cannot leave channel .*: not connected": "leaves a channel once before it is connected",
}
"""What it complains about wherever it runs, and why."""
_ITS_OWN_FAULT = re.compile("|".join(_ITS_OWN_FAULTS))

# It keeps who one is, that its tour was seen, and that the panel beside the chat is open.
_MEMORIES = f"""
    localStorage.setItem("elizaos-client-user-id", "{ME}");
    localStorage.setItem("eliza-onboarding-completed", "true");
    localStorage.setItem("eliza-agent-sidebar-visible", "true");
"""
# It can page back, and has neither a button nor a scroll bar for it: nothing calls its own function but this.
_PAGE_BACK = """() => {
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

    def attaches_an_image(self, name: str) -> None:
        expect(self.page.get_by_test_id("chat-input")).to_be_enabled()
        chosen: Any = {"name": name, "mimeType": "image/png", "buffer": _PIXEL}
        self.page.get_by_test_id("chat-container").locator("input[type=file]").set_input_files(chosen)

    def panel(self, name: str) -> Locator:
        """One of the panels beside the chat, opened."""
        self.page.get_by_role("tab", name=name).click()
        return self.page.get_by_role("tabpanel", name=name)

    def pages_back(self) -> None:
        """Fetch what was said before the oldest message that is shown."""
        self.page.evaluate(_PAGE_BACK)


@contextmanager
def sit_down(browser: Browser, house: House) -> Iterator[OldPage]:
    """The page in a browser at which one has sat before. It must have complained of nothing but its own faults."""
    with open_page(browser, base_url=house.serve()) as page:
        page.add_init_script(_MEMORIES)
        page.set_viewport_size({"width": 1500, "height": 900})
        complaints = complaints_of(page)
        yield OldPage(page)
        assert [line for line in complaints if not _ITS_OWN_FAULT.search(line)] == []


def is_seen(image: Locator) -> None:
    expect(image).to_be_visible()
    expect(image).to_have_js_property("naturalWidth", 1)
