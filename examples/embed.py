"""A program with Eliza inside: an agent of its own, something it can do, and a page it can show.

.venv/bin/python -m examples.embed
"""

from gevent import monkey

monkey.patch_all()

import json  # noqa: E402 - nothing may be imported before the patching
from html import escape  # noqa: E402
from pathlib import Path  # noqa: E402

from eliza.config import Settings  # noqa: E402
from eliza.plugins import Plugin, Reply, Request, Route  # noqa: E402
from eliza.runtime.agent import Agent  # noqa: E402
from eliza.runtime.character import Character  # noqa: E402
from eliza.runtime.components import Action, ActionResult, Call, Risk, Scene  # noqa: E402
from eliza.server import AgentServer  # noqa: E402

ADA = Character.parse(json.loads((Path(__file__).parent / "ada.json").read_text()))


def tell_time(scene: Scene, call: Call) -> ActionResult:
    return ActionResult(success=True, text=f"My clock says {scene.now:%H:%M} UTC.")


def ring_bell(scene: Scene, call: Call) -> ActionResult:
    return ActionResult(success=True, text="There: the whole town heard it.")


def about_the_bell(scene: Scene, call: Call) -> str:
    return f"Ring the bell of the town hall, because {scene.message.author_name} said: {scene.message.text}"


def show_clock(request: Request, agent: Agent) -> Reply:
    return Reply(f"<h1>{escape(agent.name)}'s clock: {request.now:%H:%M}</h1>", content_type="text/html")


CLOCK = Plugin(
    name="clock",
    description="Knowing the time.",
    actions=(
        Action("TELL_TIME", "Say what time it is, when somebody asks for it.", tell_time),
        Action("RING", "Ring the bell of the town hall.", ring_bell, risk=Risk.HIGH, summary=about_the_bell),
    ),
    routes=(Route("GET", "/now", show_clock, name="Clock", public=True),),
)


def main() -> None:
    server = AgentServer(Settings.from_env(), plugins=[CLOCK]).initialize()
    if ADA.id not in [agent.id for agent in server.agents]:
        server.register_agent(ADA)
    try:
        server.start()
    finally:
        server.stop()


if __name__ == "__main__":
    main()
