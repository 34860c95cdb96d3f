"""Awkward: what is written oddly, by whomever, hangs no page and empties none."""

from typing import Any

import pytest
from playwright.sync_api import expect

from eliza.ids import new_id
from eliza.messaging.bodies import LONGEST_TEXT
from eliza.messaging.messages import Draft
from tests.ui.conftest import Chat, House

TEXTS = {
    "brackets": "[a" * (LONGEST_TEXT // 2),
    "a fence that goes on and on": "```" + "a" * LONGEST_TEXT,
    "blanks between two words": f"a{' ' * LONGEST_TEXT}b",
    "full stops inside of an address": f"http://a{'.' * LONGEST_TEXT}b",
}
ODD: list[dict[str, Any]] = [
    {"metadata": {"user_display_name": ["Some"], "agentName": {"first": "Some"}}},
    {"metadata": {"actions": "RING", "thought": 7}},
    {"metadata": {"actions": {"RING": 1}, "thought": ["Hm"]}},
    {"raw": {"actions": 7, "thought": {"Hm": 1}, "actionStatus": {"done": 1}}},
]
DRAW = """async (text) => {
    const { RichText } = await import("/static/js/views/richtext.js");
    const start = performance.now();
    RichText({ text });
    return performance.now() - start;
}"""


def test_no_text_holds_up_the_page(house: House, chat: Chat) -> None:
    """Looked at letter by letter each takes a few milliseconds; looked at from each letter on, many seconds."""
    chat.visit(house.url)

    slow = [name for name, text in TEXTS.items() if chat.page.evaluate(DRAW, text) > 1_000]

    assert slow == []


def test_what_is_not_of_the_expected_kind_empties_no_conversation(house: House, chat: Chat) -> None:
    chat.visit(house.url).say("Hello")
    expect(chat.replies).to_have_count(1)
    for number, odd in enumerate(ODD):
        house.server.create_message(
            Draft(house.channel.id, new_id(), f"Odd {number}", source_type="agent_action", **odd)
        )
    expect(chat.page.get_by_text("Odd 3", exact=True)).to_be_visible()

    chat.page.reload()

    expect(chat.replies).to_contain_text(["All right.", *(f"Odd {number}" for number in range(len(ODD)))])


def test_who_writes_too_much_is_told_before_it_is_sent(house: House, chat: Chat) -> None:
    chat.page.set_viewport_size({"width": 390, "height": 700})
    chat.visit(house.url).say("ü" * (LONGEST_TEXT + 7))
    expect(chat.page.get_by_text("Too long by 7")).to_be_visible()
    expect(chat.page.get_by_role("button", name="Send")).to_be_disabled()
    assert chat.texts == []

    chat.say("😀" * LONGEST_TEXT)

    expect(chat.page.locator(".message.own")).to_have_count(1)
    expect(chat.replies).to_have_text(["All right."])


@pytest.mark.parametrize("address", ["/chat/%", "/group/100%"])
def test_an_address_that_cannot_be_read_is_answered(house: House, chat: Chat, address: str) -> None:
    chat.visit(house.url + address)

    expect(chat.page.get_by_role("heading", name="There is no page at this address.")).to_be_visible()
