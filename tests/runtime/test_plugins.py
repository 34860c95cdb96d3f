import pytest

from eliza.llm.types import Manner
from eliza.plugins import BUILT_IN, Plugin, assemble
from eliza.runtime.acting import match
from eliza.runtime.components import Action, ActionResult, Call, Scene
from eliza.testing.scripted import ScriptedModel
from tests.runtime import make

PLAN = "<response><actions>REPLY</actions><text>Hi.</text></response>"


def handle(_scene: Scene, _call: Call) -> ActionResult:
    return ActionResult(success=True)


def test_bootstrap_brings_talking() -> None:
    agent = assemble(make.character(), BUILT_IN)

    assert [action.name for action in agent.actions] == ["REPLY", "IGNORE", "NONE"]
    assert {provider.name for provider in agent.providers} == {
        "CHARACTER",
        "ENTITIES",
        "ACTIONS",
        "ATTACHMENTS",
        "RECENT_MESSAGES",
        "TIME",
    }


def test_a_plugin_of_higher_priority_takes_the_place_of_a_component() -> None:
    mine = Action("reply", "Mine.", handle)

    louder = assemble(make.character(), (*BUILT_IN, Plugin("mine", "", actions=(mine,), priority=1)))
    quieter = assemble(make.character(), (*BUILT_IN, Plugin("mine", "", actions=(mine,), priority=-1)))

    assert (louder.actions[0], len(louder.actions)) == (mine, 3)
    assert mine not in quieter.actions


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("SEND_MAIL", "SEND_MAIL"),
        ("sendMail", "SEND_MAIL"),
        ("send mail", "SEND_MAIL"),
        ("POST", "POST"),
        ("mail", "SEND_MAIL"),
        ("SEND", None),
        ("", None),
    ],
)
def test_an_action_is_found_by_name_and_then_by_simile(name: str, found: str | None) -> None:
    actions = (Action("SEND_MAIL", "", handle, similes=("MAIL", "POST")), Action("POST", "", handle))

    action = match(name, actions)

    assert (action.name if action else None) == found


def test_a_model_is_told_who_it_is_who_is_there_what_was_said_and_when() -> None:
    model = ScriptedModel(PLAN, manner=Manner.PLAN)
    store = make.room(
        make.person("Ada"),
        make.person("Eliza", is_agent=True),
        make.person("<Bob>", is_agent=True),
        talk=(make.said("Earlier.", by="Eliza", is_agent=True, seq=1),),
    )
    eliza = make.agent(
        bio=["Listens.", "Waits."],
        lore=["Born in 1966."],
        adjectives=["patient"],
        topics=["dreams"],
        style={"chat": ["ask back"]},
        knowledge=["Weizenbaum wrote her.", {"path": "notes.md"}],
        messageExamples=[[{"user": "{{user1}}", "content": {"text": "Hi {{char}}"}}]],
    )
    make.answer(model, by=eliza, store=store, seq=2)

    assert model.prompts[0].lines[1].text == (
        "# About Eliza\nListens.\nWaits.\nBorn in 1966.\n\n"
        "Eliza is patient.\n\n"
        "Eliza likes to talk about dreams.\n\n"
        "# How to talk\n- ask back\n\n"
        "# What Eliza knows\n- Weizenbaum wrote her.\n\n"
        "# How Eliza answers, by example\na friend: Hi Eliza\n\n"
        "# Actions\n"
        "- REPLY: Answer in the channel with the text.\n"
        "- IGNORE: Stay silent: the message needs nothing from you, or you are asked to stop.\n"
        "- NONE: Do nothing beyond what the text says.\n\n"
        "# Who takes part\n- Ada (person)\n- Eliza (you)\n- &lt;Bob&gt; (agent)\n\n"
        "# Time\nIt is Sunday, 01 March 2026, 12:00 UTC.\n\n"
        '# The conversation so far\n<message from="Eliza" by="you">Earlier.</message>\n\n'
        '# The message to answer\n<message from="Ada">Hi there!</message>'
    )
