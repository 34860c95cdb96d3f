"""Rights: who sees an approval, who decides, and what is kept of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.approvals.post import Post, plan, waiting, writer
from tests.house_kit import House, Json, id_of


@pytest.fixture
def house(data_dir: Path) -> Iterator[House]:
    opened = House(data_dir, model=writer(plan()), plugins=[Post().plugin])
    yield opened
    opened.close()


@pytest.fixture
def approval(house: House) -> Json:
    """Of a letter that the agent wants to send from a room with Ada and Vera in it."""
    house.credential("the operator", "operator")
    room = house.room("Ada", "Vera", house.eliza)
    return waiting(room, room.says("Ada", "Write to the king."))


def test_whoever_takes_part_finds_it_and_nobody_else_does(house: House, approval: Json) -> None:
    ada, mallory = house.as_("Ada"), house.as_("Mallory")

    assert [one["id"] for one in ada.get("/api/approvals").json["data"]] == [approval["id"]]
    assert ada.get(f"/api/approvals/{approval['id']}").json["data"] == approval
    assert mallory.get("/api/approvals").json["data"] == []
    unknown = mallory.get(f"/api/approvals/{id_of('nothing')}")
    for answer in (
        mallory.get(f"/api/approvals/{approval['id']}"),
        mallory.post(f"/api/approvals/{approval['id']}/decision", json={"decision": "approve"}),
    ):
        assert answer.status_code == unknown.status_code == 404
        assert answer.text.replace(approval["id"], "") == unknown.text.replace(str(id_of("nothing")), "")


def test_a_viewer_sees_it_and_does_not_decide(house: House, approval: Json) -> None:
    vera = house.as_("Vera", "viewer")

    assert vera.get(f"/api/approvals/{approval['id']}").status_code == 200
    refused = vera.post(f"/api/approvals/{approval['id']}/decision", json={"decision": "approve"})
    assert (refused.status_code, refused.json["error"]["details"]) == (403, {"permission": "approvals:decide"})


def test_a_member_decides_under_the_own_name_whatever_the_body_says(house: House, approval: Json) -> None:
    ada, url = house.as_("Ada"), f"/api/approvals/{approval['id']}/decision"

    as_bob = ada.post(url, json={"decision": "approve", "entityId": str(id_of("Bob"))})
    decided = ada.post(url, json={"decision": "deny", "entityName": "The queen"}).json["data"]

    assert (as_bob.status_code, as_bob.json["error"]["code"]) == (403, "NOT_YOURSELF")
    assert (decided["decidedBy"], decided["decidedByName"]) == (str(id_of("Ada")), "Ada")


def test_a_decision_is_written_down(house: House, approval: Json) -> None:
    ada, admin = house.as_("Ada"), house.as_("Root", "admin")

    for decision in ("approve", "deny"):
        ada.post(f"/api/approvals/{approval['id']}/decision", json={"decision": decision})

    entries = admin.get("/api/audit?action=approval").json["data"]["entries"]
    assert [(one["actor"], one["action"], one["target"]) for one in entries] == [
        ("the key Ada", "approval.approve", f"approval:{approval['id']}")
    ]
