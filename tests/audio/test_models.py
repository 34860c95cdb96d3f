"""Models: what comes of it when they fail, or make another kind of sound."""

from pathlib import Path

from eliza.llm.errors import ModelRefused
from eliza.testing.senses import ScriptedSenses, ScriptedSpeech, ScriptedTranscription
from tests.audio.speaking import at, hear, refusal
from tests.house_kit import House


def test_a_sound_is_called_what_it_is(data_dir: Path) -> None:
    wav = b"RIFF\x24\0\0\0WAVEfmt " + bytes(24)
    house = House(data_dir, providers=[ScriptedSenses(voice=ScriptedSpeech(wav))])

    answer = house.http.post(at(house, "speech/generate"), json={"text": "Hi"})

    assert (answer.headers["Content-Type"], answer.data) == ("audio/wav", wav)
    house.close()


def test_a_model_that_fails_is_told_as_such(data_dir: Path) -> None:
    senses = ScriptedSenses(ears=ScriptedTranscription(ModelRefused("openai/whisper-1 refused the request.")))
    house = House(data_dir, providers=[senses])

    answer = hear(house, "transcriptions")

    assert refusal(answer) == (502, "MODEL_REFUSED")
    house.close()
