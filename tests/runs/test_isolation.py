"""What agents did is for those who may look into every conversation."""

import pytest

from tests.house_kit import House


@pytest.mark.parametrize(
    ("role", "scopes", "status"),
    [
        ("operator", None, 200),
        ("operator", ["runs:read", "logs:read", "conversations:any"], 200),
        ("operator", ["runs:read", "logs:read"], 403),
        ("member", None, 403),
        ("viewer", None, 403),
    ],
)
@pytest.mark.parametrize("what", ["runs", "logs", "worlds"])
def test_runs_and_logs_are_for_who_sees_everything(
    lasting_house: House, what: str, role: str, scopes: list[str] | None, status: int
) -> None:
    somebody = lasting_house.as_("Somebody", role, scopes)

    assert somebody.get(f"/api/agents/{lasting_house.eliza}/{what}").status_code == status


def test_ones_own_run_and_log_are_not_for_members_either(lasting_house: House) -> None:
    ada, agent = lasting_house.as_("Ada"), f"/api/agents/{lasting_house.eliza}"
    lasting_house.private("Ada", lasting_house.eliza).asks("Ada", "Hi!")
    run = lasting_house.http.get(f"{agent}/runs").json["data"]["runs"][0]["runId"]
    entry = lasting_house.http.get(f"{agent}/logs").json["data"][0]["id"]

    assert ada.get(f"{agent}/runs/{run}").status_code == 403
    assert ada.delete(f"{agent}/logs/{entry}").status_code == 403
    assert lasting_house.http.get(f"{agent}/runs/{run}").status_code == 200
