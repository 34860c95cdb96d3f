"""What shows in the web interface of elizaOS only in a house that is set up for it."""

import re
from pathlib import Path

from playwright.sync_api import Browser, expect

from eliza.testing.clock import FrozenClock
from tests.clients.old_page import BUNDLE, ME, is_seen, sit_down
from tests.house_kit import House


def test_it_pages_back_through_a_hundred_messages(browser: Browser, tmp_path: Path) -> None:
    clock = FrozenClock()
    house = House(tmp_path / "data", clock=clock, ui_dir=BUNDLE)
    room = house.room(ME, "Bob")
    for number in range(1, 101):
        clock.advance(1)  # It asks for what is older than the oldest message it has, less a millisecond.
        room.says(ME, f"Line {number:03}")

    with sit_down(browser, house) as old:
        old.visits(room)
        lines = old.talk.get_by_text(re.compile(r"^Line \d{3}$"))
        for count in (30, 60, 90, 100):
            expect(lines).to_have_count(count)
            assert lines.first.inner_text() == f"Line {101 - count:03}"
            old.pages_back()
    house.close()


def test_behind_a_key_an_image_is_shown_to_who_has_it(browser: Browser, tmp_path: Path) -> None:
    house = House(tmp_path / "data", auth_token="sesame", ui_dir=BUNDLE)
    with sit_down(browser, house) as old:
        old.page.add_init_script('localStorage.setItem(`eliza-api-key-${location.origin}`, "sesame")')
        old.page.goto(f"/chat/{house.eliza}")
        old.attaches_an_image("red.png")

        old.says("Look at this")

        old.hears("All right.")
        is_seen(old.talk.get_by_role("img", name="red.png"))
        old.page.reload()
        is_seen(old.talk.get_by_role("img", name="red.png"))
    house.close()
