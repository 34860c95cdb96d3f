"""Actions: answering, and the two ways of not answering."""

from eliza.llm.types import ModelType
from eliza.runtime import parsing, prompts
from eliza.runtime.components import Action, ActionResult, Call, Scene


def _reply(scene: Scene, call: Call) -> ActionResult:
    """Say what the plan already says; only a plan without words costs a second question."""
    if call.text:
        return ActionResult(success=True, text=call.text)
    asked = prompts.reply(
        scene.character,
        scene.message,
        told=list(call.told.values()),
        thought=call.thought,
        values=call.values,
    )
    text = parsing.plan(scene.ask(ModelType.TEXT_LARGE, asked)).text
    return ActionResult(success=bool(text), text=text, error="" if text else "The model had no words for a reply.")


def _nothing(_scene: Scene, _call: Call) -> ActionResult:
    return ActionResult(success=True)


REPLY = Action(
    name="REPLY",
    description="Answer in the channel with the text.",
    handle=_reply,
    similes=("RESPOND", "ANSWER", "SAY", "SEND_REPLY", "GREET", "CONTINUE"),
)

IGNORE = Action(
    name="IGNORE",
    description="Stay silent: the message needs nothing from you, or you are asked to stop.",
    handle=_nothing,
    similes=("STOP", "STAY_SILENT", "STOP_TALKING"),
)

NONE = Action(
    name="NONE",
    description="Do nothing beyond what the text says.",
    handle=_nothing,
    similes=("NO_ACTION", "NOTHING"),
)
