import json
from collections.abc import Mapping
from pathlib import Path

from eliza.llm.embedded.provider import EmbeddedProvider
from eliza.llm.types import Absence, ModelType, Offer
from eliza.llm.weights import CHAT, EMBEDDING


def _absences(provider: EmbeddedProvider, env: Mapping[str, str]) -> list[str]:
    return [answer.why for answer in provider.offers(env) if isinstance(answer, Absence)]


def test_the_models_serve_every_type(offers: Mapping[ModelType, Offer]) -> None:
    assert {model_type: offer.model.name for model_type, offer in offers.items()} == {
        ModelType.TEXT_SMALL: "embedded/SmolLM2-135M-Instruct",
        ModelType.TEXT_LARGE: "embedded/SmolLM2-135M-Instruct",
        ModelType.TEXT_EMBEDDING: "embedded/all-MiniLM-L6-v2",
    }


def test_missing_weights_are_named_with_the_command_that_fetches_them(tmp_path: Path) -> None:
    chat, embedding = _absences(EmbeddedProvider(tmp_path), {})

    assert "SmolLM2-135M-Instruct" in chat
    assert "all-MiniLM-L6-v2" in embedding
    assert all("python -m eliza.llm.weights" in why for why in (chat, embedding))


def test_damaged_weights_are_not_loaded(models: Path, tmp_path: Path) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / CHAT.file).write_bytes((models / CHAT.file).read_bytes()[:-4096] + bytes(4096))
    (folder / EMBEDDING.file).write_bytes((models / EMBEDDING.file).read_bytes()[:-1])

    assert [why.partition(" is damaged")[0] for why in _absences(EmbeddedProvider(tmp_path), {})] == [
        CHAT.title,
        EMBEDDING.title,
    ]


def test_off_means_no_embedded_model_and_no_complaint(models: Path, tmp_path: Path) -> None:
    assert list(EmbeddedProvider(tmp_path, models).offers({"ELIZA_LOCAL_MODEL": "off"})) == []


def test_a_file_of_the_users_own_is_chatted_with(models: Path, tried: Path, tmp_path: Path) -> None:
    own = tmp_path / "my-model.gguf"
    own.symlink_to(models / CHAT.file)
    provider = EmbeddedProvider(tried, models)
    answers = list(provider.offers({"ELIZA_LOCAL_MODEL": str(own)}))
    provider.close()

    large = next(offer for offer in answers if isinstance(offer, Offer) and offer.model_type is ModelType.TEXT_LARGE)
    assert (large.model.name, large.why) == ("embedded/my-model", "ELIZA_LOCAL_MODEL names it")


def test_a_file_that_is_no_model_is_named_and_the_server_goes_on(tmp_path: Path) -> None:
    own = tmp_path / "poem.gguf"
    own.write_text("Roses are red")

    first, *_ = _absences(EmbeddedProvider(tmp_path), {"ELIZA_LOCAL_MODEL": str(own)})

    assert first == f"ELIZA_LOCAL_MODEL: {own.name} is not a model file that can be loaded"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    first, *_ = _absences(EmbeddedProvider(tmp_path), {"ELIZA_LOCAL_MODEL": "/no/such.gguf"})

    assert first == "ELIZA_LOCAL_MODEL: there is no file such.gguf"


def test_what_was_tried_once_is_not_tried_again(models: Path, tmp_path: Path) -> None:
    provider = EmbeddedProvider(tmp_path, models)
    tried = tmp_path / "models" / "tried.json"
    list(provider.offers({}))
    provider.close()
    written = tried.stat().st_mtime_ns

    list(provider.offers({}))
    provider.close()

    assert len(json.loads(tried.read_text())) == 2
    assert tried.stat().st_mtime_ns == written
