"""The card of an action that waits for leave, as people decide on it in a browser."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, expect

from eliza.access.roles import Role
from eliza.auth.people import People
from eliza.testing.scripted import ScriptedProvider
from tests.approvals.post import Post, plan, writer
from tests.services.chromium import open_page
from tests.ui.conftest import Chat, House
from tests.ui.test_signing_in import ADMIN, PASSWORD, sign_in

SUMMARY = "Send the words “Long live the king.” to the king."


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def house(open_house: Callable[..., House], post: Post) -> House:
    """Whose agent wants to send two letters, one after the other."""
    return open_house(ScriptedProvider(writer(plan(), plan("Long live the queen."))), plugins=[post.plugin])


def test_a_person_approves_an_action_with_the_keyboard_and_everybody_sees_who_it_was(
    house: House, post: Post, chat: Chat, browser: Browser
) -> None:
    court = house.server.create_channel("The court", [house.eliza.id])
    chat.visit(f"{house.url}/group/{court.id}").say("Write to the king")
    card = chat.page.locator(".approval")
    expect(card).to_contain_text("Eliza wants to send letter")
    expect(card).to_contain_text("High risk")
    expect(card).to_contain_text(SUMMARY)
    expect(card).to_contain_text("in 60 minutes")
    expect(chat.page.locator(".working")).to_have_count(0)

    chat.page.reload()
    approve = card.get_by_role("button", name="Approve: send letter")
    approve.focus()
    chat.page.keyboard.press("Enter")

    expect(chat.replies).to_have_text(["Long live the king.", "Sent: Long live the king."])
    expect(card).to_contain_text("Approved by you")
    expect(card.get_by_role("button")).to_have_count(0)
    expect(card).to_be_focused()
    assert len(post.sent) == 1
    with open_page(browser) as other:
        other.goto(chat.page.url)
        expect(other.locator(".approval")).to_contain_text("Approved by User")


def test_a_person_denies_an_action_and_may_go_on_talking_meanwhile(house: House, post: Post, chat: Chat) -> None:
    chat.page.set_viewport_size({"width": 320, "height": 700})
    chat.visit(house.url).say("Write to the king")
    expect(chat.page.locator(".approval")).to_have_count(1)
    chat.say("And to the queen")
    expect(chat.page.locator(".approval")).to_have_count(2)

    chat.page.get_by_role("button", name="Deny").first.click()

    expect(chat.page.locator(".approval.denied")).to_contain_text("Denied by you")
    expect(chat.replies.last).to_have_text("SEND_LETTER was not allowed: User said no.")
    expect(chat.page.locator(".approval.pending")).to_have_count(1)
    assert post.sent == []
    assert chat.page.evaluate("document.documentElement.scrollWidth") == 320


def test_a_viewer_sees_the_card_and_cannot_decide(house: House, browser: Browser) -> None:
    people: People = house.server.app.extensions["eliza"][People]
    vera = people.add(ADMIN, "vera", Role.VIEWER, email="vera@example.org", password=PASSWORD)
    court = house.server.create_channel("The court", [house.eliza.id, vera.id])
    house.say(court.id, uuid4(), "Write to the king")

    with open_page(browser) as page:  # The browser itself writes each 401 to the console.
        page.goto(f"{house.url}/group/{court.id}")
        sign_in(page, "vera", PASSWORD)

        expect(page.locator(".approval.pending")).to_contain_text(SUMMARY)
        expect(page.locator(".approval").get_by_role("button")).to_have_count(0)
