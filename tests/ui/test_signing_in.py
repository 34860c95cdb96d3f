"""Signing in: what the page does on a server that wants to know who somebody is."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from eliza.access.principal import Principal
from eliza.access.roles import Role
from eliza.auth.people import People
from eliza.config import LimitSettings
from tests.services.chromium import open_page
from tests.ui.conftest import Chat, House

PASSWORD = "correct horse battery"
ADMIN = Principal(Role.ADMIN, "who set it up", "test")


@pytest.fixture
def house(open_house: Callable[..., House]) -> House:
    """A server where Ada is a member and Vera a viewer."""
    opened = open_house()
    people: People = opened.server.app.extensions["eliza"][People]
    for name, role in (("ada", Role.MEMBER), ("vera", Role.VIEWER)):
        people.add(ADMIN, name, role, email=f"{name}@example.org", password=PASSWORD)
    return opened


def test_a_server_with_a_key_is_opened_by_the_key(open_house: Callable[..., House], browser: Browser) -> None:
    house = open_house(auth_token="sesame")
    with open_page(browser) as page:  # The browser itself writes each 401 to the console.
        page.goto(house.url)
        page.get_by_role("button", name="Cancel").click()
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("textbox", name="Key").fill("wrong")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("not")
        page.get_by_role("textbox", name="Key").fill("sesame")
        page.keyboard.press("Enter")

        Chat(page).say("Hello")

        expect(Chat(page).replies).to_have_text(["All right."])
        assert "sesame" not in page.evaluate("JSON.stringify(localStorage) + document.cookie")


def test_a_person_signs_in_talks_and_signs_out(house: House, browser: Browser) -> None:
    with open_page(browser) as page:  # The browser itself writes each 401 to the console.
        page.goto(house.url)
        sign_in(page, "ada", "wrong")
        expect(page.get_by_role("alert")).to_be_visible()
        sign_in(page, "ada", PASSWORD)
        Chat(page).say("Hello")
        expect(Chat(page).replies).to_have_text(["All right."])

        page.reload()
        expect(Chat(page).replies).to_have_text(["All right."])
        page.get_by_role("button", name="ada").click()
        expect(page.get_by_role("dialog")).to_contain_text("You are signed in as ada.")
        page.get_by_role("button", name="Sign out").click()

        expect(page.get_by_role("dialog")).to_contain_text("This server wants to know who you are.")
        assert house.server.get_messages_for_channel(house.channel.id)[-1].author_name == "ada"


def test_a_refused_message_stays_and_can_be_discarded(open_house: Callable[..., House], browser: Browser) -> None:
    house = open_house(limits=LimitSettings(costly=1))
    people: People = house.server.app.extensions["eliza"][People]
    people.add(ADMIN, "ada", Role.MEMBER, email="ada@example.org", password=PASSWORD)
    with open_page(browser) as page:
        page.goto(house.url)
        sign_in(page, "ada", PASSWORD)
        Chat(page).say("Hello")
        expect(Chat(page).replies).to_have_count(1)
        Chat(page).say("Hello again")

        expect(page.get_by_role("alert")).to_contain_text("Not sent: Too many")
        page.get_by_role("button", name="Discard").click()

        expect(page.locator(".message.own")).to_have_count(1)


def test_a_viewer_is_offered_nothing_they_may_not_do(house: House, browser: Browser) -> None:
    with open_page(browser) as page:  # The browser itself writes each 401 to the console.
        page.goto(house.url)
        sign_in(page, "vera", PASSWORD)

        expect(page.get_by_role("button", name="vera", exact=True)).to_be_visible()
        expect(page.get_by_role("button", name="New group")).to_have_count(0)
        page.get_by_role("link", name="Eliza").last.click()
        expect(page.get_by_role("heading", name="channels:write")).to_be_visible()
        expect(page.get_by_role("textbox", name="Message to")).to_have_count(0)


def test_the_keyboard_is_enough_to_sign_in(house: House, browser: Browser) -> None:
    with open_page(browser) as page:  # The browser itself writes each 401 to the console.
        page.goto(house.url)
        expect(page.get_by_role("textbox", name="Email")).to_be_focused()
        page.keyboard.type("ada@example.org")
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")

        expect(page.locator(".connection.online")).to_be_attached()


def test_the_focus_goes_along_to_another_way_of_signing_in(house: House, browser: Browser) -> None:
    with open_page(browser) as page:
        page.goto(house.url)
        page.get_by_role("button", name="Use a key").press("Enter")
        expect(page.get_by_role("textbox", name="Key")).to_be_focused()

        page.get_by_role("button", name="Use email and password").press("Enter")

        expect(page.get_by_role("textbox", name="Email")).to_be_focused()


def sign_in(page: Page, name: str, password: str) -> None:
    page.get_by_role("textbox", name="Email").fill(f"{name}@example.org")
    page.get_by_role("textbox", name="Password").fill(password)
    page.keyboard.press("Enter")
