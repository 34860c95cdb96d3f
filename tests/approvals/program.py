"""Program: a server whose agent wants to send letters, as a process of its own that may be killed.

The letters that were really sent stand in the file ``sent`` of the data directory, the model's prompts in ``asked``.
"""

from gevent import monkey

monkey.patch_all()

from pathlib import Path  # noqa: E402 - nothing may be imported before the patching

from eliza.config import Settings  # noqa: E402
from eliza.llm.types import Manner, Prompt  # noqa: E402
from eliza.plugins import Plugin  # noqa: E402
from eliza.runtime.components import Action, ActionResult, Call, Risk, Scene  # noqa: E402
from eliza.server import AgentServer  # noqa: E402
from eliza.testing.scripted import ScriptedModel, ScriptedProvider  # noqa: E402
from tests.approvals.post import plan  # noqa: E402


def main() -> None:
    settings = Settings.from_env()

    def note(name: str, line: str) -> None:
        with (Path(settings.data_dir) / name).open("a") as file:
            file.write(f"{line}\n")

    def send(_scene: Scene, call: Call) -> ActionResult:
        note("sent", call.key)
        return ActionResult(success=True, text="Sent.")

    def think(_prompt: Prompt) -> str:
        note("asked", "once")
        return plan("")

    post = Plugin("post", "Letters.", actions=(Action("SEND_LETTER", "Send a letter.", send, risk=Risk.HIGH),))
    model = ScriptedModel(otherwise=think, manner=Manner.PLAN)
    AgentServer(settings, plugins=[post], providers=[ScriptedProvider(model)]).initialize().start()


if __name__ == "__main__":
    main()
