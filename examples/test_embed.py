"""How to test an agent of your own, without a language model: .venv/bin/python -m pytest examples/test_embed.py"""

from gevent import monkey

monkey.patch_all()

from pathlib import Path  # noqa: E402 - nothing may be imported before the patching
from uuid import UUID, uuid4  # noqa: E402

from eliza.llm.types import Manner  # noqa: E402
from eliza.server import AgentServer  # noqa: E402
from eliza.testing.clock import FrozenClock  # noqa: E402
from eliza.testing.scripted import ScriptedModel, ScriptedProvider  # noqa: E402
from examples.embed import ADA, CLOCK  # noqa: E402
from tests.services.waiting import eventually  # noqa: E402

PLAN = "<response><thought>They ask for the time.</thought><actions>TELL_TIME</actions><text></text></response>"


def test_ada_tells_the_time(tmp_path: Path) -> None:
    model = ScriptedModel(PLAN, manner=Manner.PLAN)
    server = AgentServer(data_dir=tmp_path, plugins=[CLOCK], providers=[ScriptedProvider(model)], clock=FrozenClock())
    server.initialize().register_agent(ADA)
    me = uuid4()
    channel = server.create_channel("the hill", [me, ADA.id], type="DM")

    asked = {"author_id": str(me), "content": "How late is it?", "transport": "http"}
    answer = server.app.test_client().post(f"/api/messaging/channels/{channel.id}/messages", json=asked)

    assert answer.json is not None
    assert answer.json["agentResponse"]["text"] == "My clock says 12:00 UTC."
    assert "How late is it?" in model.prompts[0].lines[-1].text
    server.stop()


def test_ada_rings_the_bell_once_somebody_allows_it(tmp_path: Path) -> None:
    model = ScriptedModel(PLAN.replace("TELL_TIME", "RING"), manner=Manner.PLAN)
    server = AgentServer(data_dir=tmp_path, plugins=[CLOCK], providers=[ScriptedProvider(model)])
    server.initialize().register_agent(ADA)
    me, http = str(uuid4()), server.app.test_client()
    channel = server.create_channel("the hill", [UUID(me), ADA.id], type="DM")

    asked = {"author_id": me, "content": "Ring the bell!", "transport": "http"}
    turn = http.post(f"/api/messaging/channels/{channel.id}/messages", json=asked).json["turns"][0]  # type: ignore[index]
    http.post(f"/api/approvals/{turn['approvalId']}/decision", json={"decision": "approve", "entityId": me})

    eventually(lambda: len(server.get_messages_for_channel(channel.id)) == 2)
    assert server.get_messages_for_channel(channel.id)[0].text == "There: the whole town heard it."
    server.stop()


def test_ada_has_a_clock_on_the_wall(tmp_path: Path) -> None:
    server = AgentServer(data_dir=tmp_path, plugins=[CLOCK], providers=[], clock=FrozenClock())
    server.initialize().register_agent(ADA)

    clock = server.app.test_client().get(f"/api/agents/{ADA.id}/plugins/clock/now")

    assert clock.text == "<h1>Ada's clock: 12:00</h1>"
    server.stop()
