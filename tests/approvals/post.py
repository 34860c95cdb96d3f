"""Post: an agent that can send letters, each of which somebody has to allow; and a house where it lives."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from eliza.llm.types import Manner
from eliza.plugins import Plugin
from eliza.runtime.components import Action, ActionResult, Call, Risk, Scene
from eliza.testing.scripted import Saying, ScriptedModel
from tests.house_kit import House, Json, Room, id_of
from tests.services.waiting import eventually

PLAN = "<response><thought>She asked for it.</thought><actions>{}</actions><text>{}</text></response>"


@dataclass
class Post:
    """What was really done outside."""

    sent: list[str] = field(default_factory=list)
    stamped: list[str] = field(default_factory=list)

    @property
    def plugin(self) -> Plugin:
        return Plugin("post", "Letters.", actions=tuple(self._actions()))

    def _actions(self) -> Iterable[Action]:
        yield Action("SEND_LETTER", "Send a letter.", self._send, risk=Risk.HIGH, summary=_summary)
        yield Action("SEND_PARCEL", "Send a parcel.", self._send, needs_approval=True)
        yield Action("STAMP", "Put a stamp on it.", self._stamp, risk=Risk.LOW)
        yield Action("SEAL", "Put a seal on it.", self._stamp)

    def _send(self, _scene: Scene, call: Call) -> ActionResult:
        self.sent.append(call.key)
        return ActionResult(success=True, text=f"Sent: {call.text}")

    def _stamp(self, _scene: Scene, call: Call) -> ActionResult:
        self.stamped.append(call.key)
        return ActionResult(success=True, data={"stamp": object()})


def _summary(_scene: Scene, call: Call) -> str:
    return f"Send the words “{call.text}” to the king."


def plan(text: str = "Long live the king.", *, actions: str = "SEND_LETTER") -> str:
    return PLAN.format(actions, text)


def writer(*sayings: Saying) -> ScriptedModel:
    """A capable model that says this; after that it only answers."""
    return ScriptedModel(*sayings, manner=Manner.PLAN, otherwise=plan("Something else.", actions="REPLY"))


def waiting(room: Room, message: Json) -> Json:
    """The approval that the only turn on a message comes to wait for."""
    found = eventually(lambda: [turn for turn in room.turns(message) if turn["status"] == "waiting"])
    approval: Json = room.house.http.get(f"/api/approvals/{found[0]['approvalId']}").json["data"]
    return approval


def decide(house: House, approval: Json, decision: str = "approve", *, by: str = "Bob", **body: object) -> Json:
    answer = attempt(house, approval, decision, by=by, **body)
    assert answer[0] == 200, answer
    decided: Json = answer[1]["data"]
    return decided


def attempt(
    house: House, approval: Json, decision: str = "approve", *, by: str = "Bob", **body: object
) -> tuple[int, Json]:
    said = {"decision": decision, "entityId": str(id_of(by)), "entityName": by, **body}
    answer = house.http.post(f"/api/approvals/{approval['id']}/decision", json=said)
    return answer.status_code, answer.json
