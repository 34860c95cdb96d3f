"""Studio: a house whose agents look at pictures."""

from pathlib import Path
from typing import Any

from eliza.llm.types import Manner, Provider
from eliza.testing.scripted import ScriptedModel, ScriptedProvider
from eliza.testing.senses import ScriptedImageDescription, ScriptedSenses
from tests.house_kit import House
from tests.media.sending import to_agent, uploaded

PLAN = "<response><thought>Well.</thought><actions>REPLY</actions><text>I see.</text></response>"


class Studio(House):
    """A house whose agents can look at pictures."""

    def __init__(self, data_dir: Path, manner: Manner = Manner.PLAN, **settings: Any) -> None:
        self.eyes = ScriptedImageDescription("A red fox on a fence.")
        model = ScriptedModel(otherwise=PLAN if manner is Manner.PLAN else "I see.", manner=manner)
        providers: list[Provider] = [ScriptedProvider(model), ScriptedSenses(eyes=self.eyes)]
        super().__init__(data_dir, model=model, providers=providers, **settings)

    def shows(self, *attachments: object) -> str:
        """Ada sends these to Eliza; what Eliza's model was told."""
        room = self.private("Ada", self.eliza)
        answer = room.asks("Ada", "What is this?", raw_message={"attachments": list(attachments)})
        assert answer.status_code == 201, answer.text
        return "\n".join(line.text for line in self.model.prompts[-1].lines)


def sent(house: House, content: bytes, name: str) -> dict[str, Any]:
    return {"url": uploaded(to_agent(house, content, name))["url"], "contentType": "whatever"}
