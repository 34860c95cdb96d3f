"""The page of the API's description: it lists the routes, tries them out, and loads nothing from elsewhere."""

from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.ui.conftest import House


def test_a_route_is_tried_out_and_nobody_elsewhere_is_asked(house: House, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    _open(page, house.url, "ping")

    answer = _try(page, "ping")

    expect(answer).to_contain_text("200")
    expect(answer).to_contain_text('"pong": true')
    assert [url for url in asked if not url.startswith((f"{house.url}/", "data:"))] == []


def test_whoever_gave_the_key_on_the_other_page_need_not_give_it_again(
    open_house: Callable[..., House], page: Page
) -> None:
    house = open_house(auth_token="a long and random key")
    page.add_init_script("localStorage.setItem(`eliza-api-key-${location.origin}`, 'a long and random key')")
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
