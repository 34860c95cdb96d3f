"""Changing hands: whoever signs in after somebody else, in the same tab, finds and sends nothing of theirs."""

import pytest
from playwright.sync_api import Browser, expect

from eliza.access.roles import Role
from eliza.auth.people import People
from eliza.auth.person import Change
from tests.services.chromium import open_page
from tests.ui.conftest import Chat, House
from tests.ui.test_signing_in import ADMIN, PASSWORD, sign_in

NAMES = ("ada", "bob")


@pytest.fixture
def people(house: House) -> People:
    found: People = house.server.app.extensions["eliza"][People]
    return found


@pytest.fixture
def group(house: House, people: People) -> str:
    """Where Ada and Bob both take part."""
    both = [people.add(ADMIN, name, Role.MEMBER, email=f"{name}@example.org", password=PASSWORD) for name in NAMES]
    channel = house.server.create_channel("Both", [*(person.id for person in both), house.eliza.id])
    return f"{house.url}/group/{channel.id}"


def test_a_draft_goes_with_who_wrote_it(group: str, browser: Browser) -> None:
    with open_page(browser) as page:  # The browser itself writes each 401 to the console.
        page.goto(group)
        sign_in(page, "ada", PASSWORD)
        page.get_by_role("textbox", name="Message to").fill("Bob must not know")
        page.get_by_role("button", name="ada", exact=True).click()
        page.get_by_role("button", name="Sign out").click()

        sign_in(page, "bob", PASSWORD)

        expect(page.get_by_role("textbox", name="Message to")).to_have_value("")
        assert "Bob must not know" not in page.evaluate("JSON.stringify({ ...localStorage, ...sessionStorage })")


def test_what_waits_to_be_sent_is_sent_for_nobody_else(group: str, people: People, browser: Browser) -> None:
    with open_page(browser) as page:
        page.goto(group)
        sign_in(page, "ada", PASSWORD)
        expect(page.locator(".connection.online")).to_be_attached()
        expect(page.get_by_role("heading", name="Both is quiet so far")).to_be_visible()
        page.route("**/api/**", lambda route: route.abort())  # An answer would bring up the sign-in at once.
        people.change(ADMIN, people.named("ada").id, Change(is_disabled=True))
        expect(page.locator(".connection.reconnecting")).to_be_attached()
        Chat(page).say("Bob must not know")
        expect(page.get_by_text("Waiting for the connection")).to_be_visible()
        page.unroute("**/api/**")
        page.evaluate("dispatchEvent(new Event('online'))")  # As when a computer wakes up: it tries again at once.

        sign_in(page, "bob", PASSWORD)
        expect(page.get_by_role("button", name="bob", exact=True)).to_be_visible()
        Chat(page).say("Hello")

        expect(Chat(page).replies).to_have_text(["All right."])
        assert Chat(page).texts == ["Hello", "All right."]
