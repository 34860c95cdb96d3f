"""The chat page, as a person uses it in a browser. The page fixture fails a test whose console complained."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from gevent.event import Event
from playwright.sync_api import Browser, Page, expect

from eliza.llm.classic import Classic
from eliza.llm.errors import ModelRefused
from tests.services.chromium import open_page
from tests.services.processes import Server
from tests.services.waiting import eventually
from tests.ui.conftest import Chat, House

SCRIPT = '<img src=x onerror="document.title=1"><script>document.title=1</script> [a](javascript:document.title=1)'
WIDE_WORD = "w" * 300


def _in_pieces(first: str, rest: str, gate: Event) -> Iterator[str]:
    yield first
    gate.wait()
    yield rest


def _width(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth"))


def test_a_reply_appears_while_it_is_being_written(house: House, chat: Chat) -> None:
    rest = Event()
    house.model.will_say(_in_pieces("Good morning, ", "Ada.", rest))
    chat.visit(house.url).say("Good morning")

    expect(chat.page.locator(".streaming .bubble")).to_have_text("Good morning,")
    rest.set()

    expect(chat.replies).to_have_text(["Good morning, Ada."])
    assert chat.texts == ["Good morning", "Good morning, Ada."]


def test_the_page_shows_who_is_at_work(house: House, chat: Chat) -> None:
    house.model.gate = Event()
    chat.visit(house.url).say("Think about it")

    expect(chat.page.locator(".working")).to_contain_text("Eliza is thinking")
    house.model.gate.set()

    expect(chat.replies).to_have_count(1)
    expect(chat.page.locator(".working")).to_have_count(0)


def test_a_turn_that_failed_says_why_and_can_be_asked_again(house: House, chat: Chat) -> None:
    house.model.will_say(ModelRefused("The key was refused"))
    chat.visit(house.url).say("Are you there?")

    expect(chat.page.locator(".message.own .note")).to_contain_text("Eliza could not answer: The key was refused")
    chat.page.get_by_role("button", name="Ask again").click()

    expect(chat.replies).to_have_text(["All right."])


def test_a_reload_shows_the_conversation_and_its_failures_again(house: House, chat: Chat) -> None:
    house.model.will_say("Gladly.", ModelRefused("Out of words"))
    chat.visit(house.url).say("Let us talk")
    expect(chat.replies).to_have_text(["Gladly."])
    chat.say("And more")
    expect(chat.page.locator(".note")).to_contain_text("Out of words")

    chat.page.reload()

    expect(chat.page.locator(".note")).to_contain_text("Out of words")
    assert chat.texts == ["Let us talk", "Gladly.", "And more"]


def test_earlier_messages_come_as_one_scrolls_up(house: House, chat: Chat) -> None:
    group = house.server.create_channel("Library", [])
    author = uuid4()
    for number in range(1, 76):
        house.say(group.id, author, f"Line {number}")
    chat.visit(f"{house.url}/group/{group.id}")
    expect(chat.page.get_by_text("Line 75", exact=True)).to_be_in_viewport()

    log, first = chat.page.get_by_role("log"), chat.page.get_by_text("Line 1", exact=True)
    eventually(lambda: log.evaluate("log => { log.scrollTop = 0; }") or first.count())

    assert chat.texts == [f"Line {number}" for number in range(1, 76)]
    chat.page.get_by_role("button", name="Newest").click()
    expect(chat.page.get_by_text("Line 75", exact=True)).to_be_in_viewport()


def test_a_script_in_a_message_is_only_text(house: House, chat: Chat) -> None:
    house.model.will_say(SCRIPT)
    chat.visit(house.url).say(SCRIPT)

    expect(chat.replies).to_have_count(1)

    assert chat.texts[0] == SCRIPT
    assert chat.page.locator(".message img, .message script, .message a").count() == 0
    assert chat.page.title().startswith("Eliza")


def test_links_and_code_are_drawn_as_such(house: House, chat: Chat) -> None:
    chat.visit(house.url)
    chat.page.get_by_role("textbox", name="Message to").wait_for()
    house.say(house.channel.id, house.eliza.id, "See https://example.org/a_(b).\n```python\nprint('*a* **b**')\n```")

    link = chat.page.locator(".bubble").get_by_role("link")
    expect(link).to_have_attribute("href", "https://example.org/a_(b)")
    expect(link).to_have_attribute("rel", re.compile("noopener"))
    expect(chat.page.locator(".bubble pre")).to_have_text("print('*a* **b**')")


@pytest.mark.parametrize("width", [320, 390, 820])
def test_no_width_makes_the_page_scroll_sideways(house: House, chat: Chat, width: int) -> None:
    house.model.will_say(WIDE_WORD)
    chat.page.set_viewport_size({"width": width, "height": 700})
    chat.visit(house.url)
    chat.say(f"{WIDE_WORD}\n```\n{WIDE_WORD}\n```")
    expect(chat.replies).to_have_count(1)

    assert _width(chat.page) == width


def test_on_a_narrow_page_the_list_is_a_drawer_that_escape_closes(house: House, chat: Chat) -> None:
    house.welcome("Ada")
    chat.page.set_viewport_size({"width": 390, "height": 700})
    chat.visit(house.url)
    drawer = chat.page.get_by_role("complementary", name="Agents and groups")
    expect(drawer).to_be_hidden()

    opener = chat.page.get_by_role("button", name="Open the list")
    opener.click()
    expect(drawer.get_by_role("link", name="Ada")).to_be_visible()
    chat.page.keyboard.press("Escape")

    expect(drawer).to_be_hidden()
    expect(opener).to_be_focused()


def test_shift_and_enter_begin_a_new_line(house: House, chat: Chat) -> None:
    chat.visit(house.url)
    chat.page.get_by_role("textbox", name="Message to").click()
    chat.page.keyboard.type("First")
    chat.page.keyboard.press("Shift+Enter")
    chat.page.keyboard.type("Second")
    chat.page.keyboard.press("Enter")

    expect(chat.replies).to_have_count(1)
    assert chat.texts[0] == "First\nSecond"


def test_the_keyboard_walks_from_message_to_message(house: House, chat: Chat) -> None:
    chat.visit(house.url).say("One")
    expect(chat.replies).to_have_count(1)

    chat.page.get_by_role("log").focus()
    chat.page.keyboard.press("ArrowUp")
    chat.page.keyboard.press("ArrowUp")
    chat.page.keyboard.press("Tab")
    chat.page.keyboard.press("Tab")

    focused = chat.page.locator(".message.own").get_by_role("button", name="Delete the message")
    expect(focused).to_be_focused()


def test_a_message_is_deleted_only_after_a_yes(house: House, chat: Chat) -> None:
    chat.visit(house.url).say("A secret")
    expect(chat.replies).to_have_count(1)
    own = chat.page.locator(".message.own")
    delete = own.get_by_role("button", name="Delete the message")

    own.hover()
    delete.click()
    chat.page.get_by_role("button", name="Cancel").click()
    expect(own).to_have_count(1)
    own.hover()
    delete.click()
    chat.page.get_by_role("button", name="Delete", exact=True).click()

    expect(own).to_have_count(0)
    assert chat.texts == ["All right."]


def test_in_a_group_the_one_called_answers_and_the_other_says_why_not(house: House, chat: Chat) -> None:
    house.welcome("Ada")
    chat.visit(house.url)
    chat.page.get_by_role("button", name="New group").click()
    chat.page.get_by_role("textbox", name="Name").fill("Book club")
    chat.page.get_by_label("Ada").check()
    chat.page.get_by_label("Eliza").check()
    chat.page.get_by_role("button", name="Create").click()
    expect(chat.page.get_by_role("heading", name="Book club", exact=True)).to_be_visible()

    chat.say("Ada, what do you read?")

    expect(chat.replies).to_have_text(["All right."])
    expect(chat.page.locator(".message.other .author")).to_have_text("Ada")
    expect(chat.page.locator(".message.own .note")).to_contain_text("Eliza kept quiet")


def test_a_group_that_others_let_one_into_appears(house: House, chat: Chat) -> None:
    chat.visit(house.url).say("Hello")
    expect(chat.replies).to_have_count(1)
    me = UUID(chat.page.evaluate("localStorage.getItem('eliza-client-user-id')"))
    house.server.create_channel("The court", [me, house.eliza.id])

    chat.page.evaluate("dispatchEvent(new Event('focus'))")  # As when one comes back to the window.

    expect(chat.page.get_by_role("link", name="The court")).to_be_visible()


def test_the_theme_one_chose_is_there_after_a_reload(house: House, chat: Chat) -> None:
    chat.visit(house.url)
    chat.page.get_by_role("button", name="Use the dark theme").click()

    chat.page.reload()

    expect(chat.page.get_by_role("button", name="Use the light theme")).to_be_visible()
    assert chat.page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"


def test_a_modest_model_is_named_until_the_note_is_hidden(open_house: Callable[..., House], chat: Chat) -> None:
    house = open_house(provider=Classic())
    chat.visit(house.url)
    note = chat.page.get_by_role("complementary", name="About the model")
    expect(note).to_contain_text("Classic ELIZA")

    note.get_by_role("button", name="Hide this note").click()
    chat.page.reload()

    expect(chat.page.locator(".suggestions")).to_be_visible()
    expect(note).to_have_count(0)


def test_a_page_that_lacks_a_part_says_so(house: House, browser: Browser) -> None:
    with open_page(browser) as page:  # The browser itself writes each missing file to the console.
        page.route("**/vendor/preact.js", lambda route: route.abort())
        page.goto(house.url)

        expect(page.get_by_role("heading")).to_have_text("The page cannot start")


def test_what_is_said_while_the_server_is_away_arrives_once(
    start_server: Callable[..., Server], browser: Browser, tmp_path: Path
) -> None:
    server = start_server()
    with open_page(browser) as page:  # The browser itself writes each failed connection to the console.
        chat = Chat(page).visit(server.url)
        chat.say("Hello")
        expect(chat.replies).to_have_count(1)

        server.stop()
        expect(page.locator(".connection.reconnecting")).to_be_attached()
        chat.say("Are you back?")
        expect(page.get_by_text("Waiting for the connection")).to_be_visible()
        start_server(env={"SERVER_PORT": str(server.port)})

        expect(chat.replies).to_have_count(2, timeout=15_000)
        assert [text for text in chat.texts if text == "Are you back?"] == ["Are you back?"]
        page.reload()
        expect(page.locator(".message")).to_have_count(4)
