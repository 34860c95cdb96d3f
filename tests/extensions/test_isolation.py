"""Routes of plugins for several people: operators, unless the plugin opens them to more; and who calls is known."""

from collections.abc import Iterator
from typing import Any

import pytest

from eliza.errors import ConfigurationError
from eliza.plugins import Plugin, Request, Role, Route
from eliza.runtime.agent import Agent
from tests.house_kit import House, id_of


def tell(request: Request, agent: Agent) -> dict[str, Any]:
    caller = request.caller
    return {
        "agent": agent.name,
        "name": caller.name,
        "role": caller.role,
        "entity": caller.entity_id and str(caller.entity_id),
        "headers": sorted(request.headers),
    }


def fail(_request: Request, _agent: Agent) -> None:
    raise RuntimeError("the key is hunter2")


BOARD = Plugin(
    "board",
    "Has routes for each role.",
    routes=(
        Route("GET", "/usual", tell, name="Usual", public=True),
        Route("GET", "/viewer", tell, name="Notes", public=True, role=Role.VIEWER),
        Route("GET", "/member", tell, role=Role.MEMBER),
        Route("GET", "/operator", tell, role=Role.OPERATOR),
        Route("GET", "/admin", tell, role=Role.ADMIN),
        Route("GET", "/fail", fail, role=Role.VIEWER),
    ),
)
ROLES = ["viewer", "member", "operator", "admin"]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    opened = House(tmp_path_factory.mktemp("house"), plugins=[BOARD])
    opened.credential("Ada")
    yield opened
    opened.close()


@pytest.mark.parametrize("role", ROLES)
def test_a_route_is_for_its_role_and_those_above(house: House, role: str) -> None:
    somebody = house.as_(role, role)

    for prefix in _prefixes(house):
        opened = [least for least in ROLES if somebody.get(f"{prefix}/{least}").status_code == 200]
        assert opened == ROLES[: ROLES.index(role) + 1]
        assert (somebody.get(f"{prefix}/usual").status_code == 200) is (role in {"operator", "admin"})


@pytest.mark.parametrize(
    ("role", "scopes", "opened"),
    [
        ("operator", ["plugins:use", "conversations:any"], ["viewer", "member", "operator"]),
        ("operator", ["plugins:use"], ["viewer", "member"]),
        ("operator", ["agents:read", "conversations:any"], []),
        ("member", ["messages:read"], []),
    ],
)
def test_a_narrowed_key_opens_what_it_names(house: House, role: str, scopes: list[str], opened: list[str]) -> None:
    somebody = house.as_("Somebody", role, scopes)

    assert [least for least in ROLES if somebody.get(f"/api/board/{least}").status_code == 200] == opened


def test_who_may_not_is_told_what_is_missing(house: House) -> None:
    refused = house.as_("Ada").get("/api/board/usual")

    assert (refused.status_code, refused.json["code"]) == (403, "FORBIDDEN")


def test_nobody_comes_without_a_credential(house: House) -> None:
    for prefix in _prefixes(house):
        assert house.server.app.test_client().get(f"{prefix}/viewer").status_code == 401


def test_a_handler_knows_who_calls_and_not_by_what(house: House) -> None:
    ada = house.as_("Ada")

    told = ada.get("/api/board/member", headers={"Cookie": "a=b", "Authorization": "Basic eA==", "X-Note": "7"}).json

    assert (told["name"], told["role"], told["entity"]) == ("Ada", "member", str(id_of("Ada")))
    assert "x-note" in told["headers"]
    assert not {"x-api-key", "authorization", "cookie"} & set(told["headers"])


def test_a_key_of_nobody_is_nobody_to_a_handler(house: House) -> None:
    told = house.http.get("/api/board/member").json

    assert (told["name"], told["role"], told["entity"]) == ("the house", "operator", None)


def test_a_handler_that_fails_tells_nobody_why(house: House) -> None:
    ada = house.as_("Ada")

    for prefix in _prefixes(house):
        answer = ada.get(f"{prefix}/fail")
        assert (answer.status_code, answer.json["code"]) == (500, "INTERNAL_ERROR")
        assert "hunter2" not in answer.text
        assert "Traceback" not in answer.text


def test_panels_are_those_that_one_may_open(house: House) -> None:
    path = f"/api/agents/{house.eliza}/panels"

    shown = {who: [panel["name"] for panel in client.get(path).json["data"]] for who, client in _two(house)}

    assert shown == {"Ada": ["Notes"], "the house": ["Usual", "Notes"]}


def test_a_role_that_nobody_has_is_refused_when_it_is_written() -> None:
    with pytest.raises(ConfigurationError, match="is not a role"):
        Route("GET", "/x", tell, role="guest")  # type: ignore[arg-type]  # As somebody might write it.


def _two(house: House) -> list[tuple[str, Any]]:
    return [("Ada", house.as_("Ada")), ("the house", house.http)]


def _prefixes(house: House) -> list[str]:
    return ["/board", "/api/board", f"/api/agents/{house.eliza}/plugins/board"]
