"""The page of the API's description: it lists the routes, tries them out, and loads nothing from elsewhere."""

from collections.abc import Callable

from playwright.sync_api import Browser, Locator, Page, expect

from tests.services.chromium import open_page
from tests.ui.conftest import House


def test_a_route_is_tried_out_and_nobody_elsewhere_is_asked(house: House, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    _open(page, house.url, "ping")

    answer = _try(page, "ping")

    expect(answer).to_contain_text("200")
    expect(answer).to_contain_text('"pong": true')
    assert [url for url in asked if not url.startswith((f"{house.url}/", "data:"))] == []


def test_whoever_has_signed_in_on_the_other_page_need_not_do_it_again(
    open_house: Callable[..., House], browser: Browser
) -> None:
    house = open_house(auth_token="a long and random key")
    with open_page(browser) as page:  # The browser itself writes each 401 to the console.
        page.goto(f"{house.url}/docs")
        page.get_by_role("link", name="Sign in").click()
        page.get_by_role("textbox", name="Key").fill("a long and random key")
        page.keyboard.press("Enter")
        page.locator(".connection.online").wait_for(state="attached")
        _open(page, house.url, "ping")

        expect(_try(page, "ping")).to_contain_text('"pong": true')


def _open(page: Page, url: str, operation: str) -> None:
    """Open the page at an operation, where it unfolds it."""
    page.goto(f"{url}/docs#/system/{operation}")
    page.locator(f"#operations-system-{operation} .opblock-body").wait_for()


def _try(page: Page, operation: str) -> Locator:
    block = page.locator(f"#operations-system-{operation}")
    block.get_by_role("button", name="Execute").click()
    return block.locator(".live-responses-table")
