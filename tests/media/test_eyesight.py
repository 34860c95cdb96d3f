"""Eyesight: what agents know of files where models see less, or files are gone."""

from pathlib import Path

from eliza.llm.types import Manner
from eliza.testing.scripted import ScriptedModel
from tests.house_kit import House
from tests.media.sending import png
from tests.media.studio import PLAN, Studio, sent


def test_without_a_model_that_sees_a_picture_is_named(data_dir: Path) -> None:
    model = ScriptedModel(PLAN, manner=Manner.PLAN)
    house = House(data_dir, model=model)
    room = house.private("Ada", house.eliza)

    room.asks("Ada", "This?", raw_message={"attachments": [sent(house, png(), "fox.png")]})

    assert '<attachment name="fox.png" type="image/png"></attachment>' in model.prompts[-1].lines[-1].text
    house.close()


def test_a_small_model_is_told_in_a_sentence(data_dir: Path) -> None:
    studio = Studio(data_dir, Manner.CHAT)

    assert "fox.png, which was just sent: A red fox on a fence." in studio.shows(sent(studio, png(), "fox.png"))
    studio.close()


def test_a_file_that_is_gone_spoils_nothing(data_dir: Path) -> None:
    studio = Studio(data_dir)
    attachment = sent(studio, png(), "fox.png")
    for path in studio.server.settings.agent_uploads_dir.rglob("*.png"):
        path.unlink()

    assert '<attachment name="fox.png" type="image/png"></attachment>' in studio.shows(attachment)
    studio.close()
