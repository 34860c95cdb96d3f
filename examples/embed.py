"""A program with Eliza inside: an agent of its own, and something it can do.

.venv/bin/python -m examples.embed
"""

from gevent import monkey

monkey.patch_all()

import json  # noqa: E402 - nothing may be imported before the patching
from pathlib import Path  # noqa: E402

from eliza.config import Settings  # noqa: E402
from eliza.plugins import Plugin  # noqa: E402
from eliza.runtime.character import Character  # noqa: E402
from eliza.runtime.components import Action, ActionResult, Call, Scene  # noqa: E402
from eliza.server import AgentServer  # noqa: E402

ADA = Character.parse(json.loads((Path(__file__).parent / "ada.json").read_text()))


def tell_time(scene: Scene, call: Call) -> ActionResult:
    return ActionResult(success=True, text=f"My clock says {scene.now:%H:%M} UTC.")


CLOCK = Plugin(
    name="clock",
    description="Knowing the time.",
    actions=(Action("TELL_TIME", "Say what time it is, when somebody asks for it.", tell_time),),
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
