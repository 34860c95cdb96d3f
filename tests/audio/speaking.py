"""Speaking: a house whose agents hear and speak, and how the tests talk to it."""

from pathlib import Path
from typing import Any

from eliza.testing.scripted import ScriptedModel, ScriptedProvider
from eliza.testing.senses import ScriptedSenses, ScriptedSpeech, ScriptedTranscription
from tests.house_kit import Answer, House, Json
from tests.media.sending import MP3, send


class Talkative(House):
    """Its agents hear "Hello, Eliza." in every recording, answer "Hello, Ada." and can speak."""

    def __init__(self, data_dir: Path) -> None:
        self.ears = ScriptedTranscription("Hello, Eliza.")
        self.voice = ScriptedSpeech()
        model = ScriptedModel(otherwise="Hello, Ada.")
        senses = ScriptedSenses(ears=self.ears, voice=self.voice)
        super().__init__(data_dir, model=model, providers=[ScriptedProvider(model), senses])


def at(house: House, door: str) -> str:
    return f"/api/audio/{house.eliza}/{door}"


def hear(house: House, door: str, content: bytes = MP3, **more: Any) -> Answer:
    return send(house, at(house, door), content, "recording.mp3", **more)


def data(answer: Answer, status: int = 200) -> Json:
    assert answer.status_code == status, answer.text
    assert answer.json["success"] is True
    found: Json = answer.json["data"]
    return found


def refusal(answer: Answer) -> tuple[int, str]:
    return answer.status_code, answer.json["error"]["code"]
