"""Hostile: what people write does not run in the page, and pages from elsewhere come to nothing with its login."""

from collections.abc import Callable, Iterator

import pytest
from gevent.pywsgi import WSGIServer
from playwright.sync_api import Browser, Page, expect

from eliza.access.principal import Principal
from eliza.access.roles import Role
from eliza.auth.people import People
from eliza.ids import DEFAULT_MESSAGE_SERVER, new_id
from eliza.runtime.character import Character
from tests.media.sending import png
from tests.services.chromium import open_page
from tests.services.processes import HOST
from tests.ui.conftest import Chat, House

PASSWORD = "correct horse battery"
RUN = "window.hacked=1"
WORDS = [
    f"<script>{RUN}</script>",
    f"<img src=x onerror={RUN}>",
    f"<svg><animate onbegin={RUN} attributeName=x></svg>",
    f"<iframe srcdoc='<script>parent.{RUN}</script>'></iframe>",
    f"[click](javascript:{RUN})",
    f'![picture](x" onerror="{RUN})',
    f"```html\n<script>{RUN}</script>\n```",
    f"</p></div><details open ontoggle={RUN}>",
    f"<math><mtext></form><form><mglyph><style></math><img src onerror={RUN}>",
    "{{constructor.constructor('window.hacked=1')()}}",
]
ADDRESS = "http://{}:{}"


@pytest.fixture
def elsewhere() -> Iterator[Callable[[str], str]]:
    """The address of an empty page on another port, by whichever name this machine is called."""
    pages = WSGIServer((HOST, 0), _empty, log=None)
    pages.start()
    yield lambda name: ADDRESS.format(name, pages.server_port)
    pages.stop(timeout=0)


@pytest.fixture
def team(open_house: Callable[..., House]) -> House:
    house = open_house()
    people: People = house.server.app.extensions["eliza"][People]
    people.add(Principal(Role.ADMIN, "who set it up", "test"), "ada", email="ada@example.org", password=PASSWORD)
    return house


@pytest.fixture
def signed_in(team: House, browser: Browser) -> Iterator[Page]:
    with open_page(browser) as page:  # The browser itself writes each 401 to the console.
        page.goto(team.url)
        page.get_by_role("textbox", name="Email").fill("ada@example.org")
        page.get_by_role("textbox", name="Password").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.locator(".connection.online").wait_for(state="attached")
        yield page


def test_nothing_that_is_written_runs(house: House, chat: Chat) -> None:
    name = WORDS[1]
    house.server.register_agent(Character.parse({"name": name, "bio": WORDS[0], "topics": [WORDS[2]]}))
    house.model.will_say(*WORDS)
    chat.visit(house.url)
    expect(chat.page.get_by_text(name).first).to_be_visible()
    chat.visit(f"{house.url}/chat/{house.eliza.id}")
    for number, words in enumerate(WORDS, start=1):
        chat.say(words)
        expect(chat.replies).to_have_count(number)
    house.say(house.channel.id, new_id(), " ".join(WORDS))
    expect(chat.page.locator(".message").filter(has_text="Someone")).to_be_visible()
    for link in chat.page.locator(".message a").all():
        assert not (link.get_attribute("href") or "").startswith("javascript:")

    chat.page.reload()
    expect(chat.page.locator(".message").first).to_be_visible()

    assert chat.page.evaluate("window.hacked") is None
    assert chat.page.locator(".message :is(script, iframe, svg animate, form, details)").count() == 0


def test_no_script_reads_the_login(signed_in: Page) -> None:
    assert signed_in.evaluate("document.cookie") == ""
    assert "eliza_login" in {cookie["name"] for cookie in signed_in.context.cookies()}


@pytest.mark.parametrize("name", [HOST, "localhost"], ids=["the same site", "another site"])
def test_a_page_from_elsewhere_comes_to_nothing(
    team: House, signed_in: Page, elsewhere: Callable[[str], str], name: str
) -> None:
    """On another port of the same host the browser sends the login along: it is the same site to it."""
    other = signed_in.context.new_page()
    other.goto(elsewhere(name))
    api = f"{team.url}/api"
    channel = {"name": "Made from elsewhere", "participantCentralUserIds": [], "type": "GROUP"}

    read = other.evaluate(_ASK, [f"{api}/auth/me", None, None])
    simple = other.evaluate(_ASK, [f"{api}/messaging/channels", channel, "text/plain"])
    asked = other.evaluate(_ASK, [f"{api}/messaging/channels", channel, "application/json"])
    socket = other.evaluate(_OPEN_SOCKET, team.url.replace("http", "ws"))

    assert [read, simple, asked, socket] == ["refused", "refused", "refused", "closed"]
    assert "Made from elsewhere" not in str(team.server.get_channels_for_server(DEFAULT_MESSAGE_SERVER))


def test_a_form_from_elsewhere_changes_nothing(team: House, signed_in: Page, elsewhere: Callable[[str], str]) -> None:
    other = signed_in.context.new_page()
    other.goto(elsewhere(HOST))

    other.evaluate(_SEND_FORM, f"{team.url}/api/messaging/channels")
    other.wait_for_url(f"{team.url}/**")

    assert "FOREIGN_ORIGIN" in other.content()
    assert "Made from elsewhere" not in str(team.server.get_channels_for_server(DEFAULT_MESSAGE_SERVER))


def test_no_page_from_elsewhere_signs_anybody_out(
    team: House, signed_in: Page, elsewhere: Callable[[str], str]
) -> None:
    other = signed_in.context.new_page()
    other.goto(elsewhere(HOST))

    other.evaluate(_SIGN_OUT, f"{team.url}/api/auth/logout")

    assert signed_in.evaluate(_STATUS, "/api/auth/me") == 200


def test_the_browser_shows_no_file_to_who_comes_after_its_owner(team: House, signed_in: Page) -> None:
    sent = signed_in.request.post(
        f"{team.url}/api/media/agents/{team.eliza.id}/upload-media",
        headers={"Origin": team.url},
        multipart={"file": {"name": "cat.png", "mimeType": "image/png", "buffer": png()}},
    )
    picture = sent.json()["data"]["url"]
    assert signed_in.evaluate(_STATUS, picture) == 200

    signed_in.evaluate(_SIGN_OUT, "/api/auth/logout")

    assert signed_in.evaluate(_STATUS, picture) == 401


_ASK = """([url, body, type]) =>
    fetch(url, {
        credentials: "include",
        method: body ? "POST" : "GET",
        headers: body ? { "Content-Type": type } : {},
        body: body && JSON.stringify(body),
    }).then((response) => response.text(), () => "refused")
"""
_STATUS = "(address) => fetch(address).then((answer) => answer.status)"
_SIGN_OUT = (
    """(url) => fetch(url, { method: "POST", mode: "no-cors", credentials: "include" }).catch(() => "refused")"""
)
_OPEN_SOCKET = """(url) =>
    new Promise((settle) => {
        const socket = new WebSocket(`${url}/socket.io/?EIO=4&transport=websocket`);
        socket.onmessage = ({ data }) => settle(data);
        socket.onclose = () => settle("closed");
    })
"""
_SEND_FORM = """(url) => {
    const form = Object.assign(document.createElement("form"), { method: "post", action: url, enctype: "text/plain" });
    const field = { name: '{"name": "Made from elsewhere", "a": "', value: '"}' };
    form.append(Object.assign(document.createElement("input"), field));
    document.body.append(form);
    form.submit();
}"""


def _empty(_environ: dict[str, object], start_response: Callable[[str, list[tuple[str, str]]], object]) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "text/html")])
    return [b"<!doctype html><title>Elsewhere</title>"]
