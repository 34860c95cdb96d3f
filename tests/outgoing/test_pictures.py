"""Pictures: agents look at those that lie in the web, and no failure to fetch one spoils their answer."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from eliza.config import Allowance, BudgetSettings
from tests.house_kit import House
from tests.media.sending import png
from tests.media.studio import Studio
from tests.outgoing.site import Site


@pytest.fixture(scope="module")
def lasting_studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """One that may fetch from this machine, where the test's site stands."""
    opened = Studio(tmp_path_factory.mktemp("studio"), outgoing_allow=("127.0.0.1",))
    yield opened
    opened.close()


@pytest.fixture
def studio(lasting_studio: Studio) -> Studio:
    """The same one for all, that has not looked at anything yet."""
    lasting_studio.eyes.pictures.clear()
    return lasting_studio


def test_a_picture_in_the_web_is_looked_at(web: Site, studio: Studio) -> None:
    web.shows("/fox.png?size=big", png(), "Content-Type: text/plain")

    told = studio.shows({"url": web.url("/fox.png?size=big"), "title": "A fox"})

    assert '<attachment name="A fox" type="image">A red fox on a fence.</attachment>' in told
    assert [(picture.content, picture.content_type) for picture in studio.eyes.pictures] == [(png(), "image/png")]
    assert "Accept: image/*" in web.asked[0]


def test_what_only_says_that_it_is_a_picture_is_not_looked_at(web: Site, studio: Studio) -> None:
    web.shows("/fox", b"<svg onload=alert(1)>", "Content-Type: image/png")

    told = studio.shows({"url": web.url("/fox"), "contentType": "image/png"})

    assert "It is not a picture in a format that can be looked at.</attachment>" in told
    assert studio.eyes.pictures == []


def test_a_picture_that_cannot_be_had_is_named_with_the_reason(web: Site, studio: Studio) -> None:
    told = studio.shows({"url": web.url("/gone.png")}, {"url": "http://169.254.169.254/fox.png?token=abc"})

    assert f'type="image">It could not be looked at: {web.url("/gone.png")} could not be fetched.</attachment>' in told
    assert "http://169.254.169.254/fox.png cannot be fetched: use an http or https URL of a public address" in told
    assert "token=abc" not in told


def test_no_more_than_ten_megabytes_are_fetched(web: Site, studio: Studio) -> None:
    told = studio.shows({"url": web.url("/endless"), "contentType": "image"})

    assert f"{web.url('/endless')} is larger than 10,485,760 bytes.</attachment>" in told


@pytest.mark.parametrize(
    "attachment",
    [
        {"url": "file:///etc/passwd.png"},
        {"url": "ftp://example.com/fox.png"},
        {"url": "data:image/png;base64,AAAA", "contentType": "image/png"},
        {"url": "http://[", "contentType": "image/png"},
        {"url": "http://127.0.0.1/page.html"},
        {"url": 7},
        "nothing",
    ],
    ids=str,
)
def test_what_is_no_picture_in_the_web_is_no_attachment(studio: Studio, attachment: object) -> None:
    assert "<attachment" not in studio.shows(attachment).partition("<attachment> elements")[2]


def test_without_eyes_nothing_is_fetched(web: Site, data_dir: Path) -> None:
    house = House(data_dir, outgoing_allow=("127.0.0.1",))
    room = house.private("Ada", house.eliza)

    answer = room.asks("Ada", "This?", raw_message={"attachments": [{"url": web.url("/fox.png")}]})

    assert (answer.status_code, web.asked) == (201, [])
    house.close()


def test_when_the_budget_is_used_up_nothing_is_fetched(web: Site, data_dir: Path) -> None:
    studio = Studio(data_dir, outgoing_allow=("127.0.0.1",), budgets=BudgetSettings(agent=Allowance(turns=0)))
    room = studio.private("Ada", studio.eliza)

    refused = room.asks("Ada", "This?", raw_message={"attachments": [{"url": web.url("/fox.png")}]})

    assert (refused.status_code, web.asked) == (502, [])
    studio.close()
