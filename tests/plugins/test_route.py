"""Route: how a plugin writes down what it answers, and what is refused."""

import pytest

from eliza.errors import ConfigurationError
from eliza.plugins import Plugin, Request, Route
from eliza.runtime.agent import Agent


def nothing(_request: Request, _agent: Agent) -> None: ...


@pytest.mark.parametrize("path", ["", "/", "/notes", "/notes/:id", "/notes/:id/lines/:line_no", "/files/*", "/v1.0/x/"])
def test_a_path_may_have_places_and_a_rest(path: str) -> None:
    assert Route("GET", path, nothing).path == path


@pytest.mark.parametrize("path", ["notes", "/<x>", "/a b", "/:", "/:1", "/:_own", "/*/more", "//", "/a//b", "/a?b"])
def test_a_path_that_makes_no_sense_is_refused_when_it_is_written(path: str) -> None:
    with pytest.raises(ConfigurationError, match="is no path of a route"):
        Route("GET", path, nothing)


@pytest.mark.parametrize("name", ["", "two words", "/notes", "notes/", "a/../b", "a<b>", ".hidden"])
def test_a_plugin_with_routes_has_a_name_that_makes_an_address(name: str) -> None:
    with pytest.raises(ConfigurationError, match="makes no address"):
        Plugin(name, "", routes=(Route("GET", "/", nothing),))

    assert Plugin(name, "").name == name


@pytest.mark.parametrize(
    ("route", "is_panel"),
    [
        (Route("GET", "/", nothing, name="Notes", public=True), True),
        (Route("GET", "/", nothing, name="Notes"), False),
        (Route("GET", "/", nothing, public=True), False),
        (Route("POST", "/", nothing, name="Notes", public=True), False),
        (Route("GET", "/:id", nothing, name="Note", public=True), False),
    ],
    ids=["panel", "private", "unnamed", "not-read", "with-places"],
)
def test_a_panel_is_a_public_page_with_a_name(route: Route, is_panel: bool) -> None:
    assert route.is_panel is is_panel
