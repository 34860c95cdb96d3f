"""The real embedded models, loaded once for all tests of this folder."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from eliza.llm.embedded.models import EmbeddedChat, EmbeddedVectors
from eliza.llm.embedded.provider import EmbeddedProvider
from eliza.llm.types import Absence, ModelType, Offer
from eliza.llm.weights import WEIGHTS

# Read now: no test sees the environment of whoever runs it.
_MODELS = Path(os.environ.get("ELIZA_TEST_MODELS") or Path(__file__).parents[3] / ".eliza" / "models").absolute()


@pytest.fixture(scope="session")
def models() -> Path:
    """The folder that set-up fetched the weights into."""
    missing = [each.title for each in WEIGHTS if not (_MODELS / each.file).is_file()]
    if missing:
        pytest.fail(f"{', '.join(missing)} not in {_MODELS}: run python -m eliza.llm.weights first")
    return _MODELS


@pytest.fixture(scope="session")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder in which, once the models are loaded, it is written that they work on this machine."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="session")
def offers(models: Path, tried: Path) -> Iterator[Mapping[ModelType, Offer]]:
    provider = EmbeddedProvider(tried, models)
    answers = list(provider.offers({}))
    assert [answer for answer in answers if isinstance(answer, Absence)] == []
    yield {offer.model_type: offer for offer in answers if isinstance(offer, Offer)}
    provider.close()


@pytest.fixture
def chat(offers: Mapping[ModelType, Offer]) -> EmbeddedChat:
    model = offers[ModelType.TEXT_LARGE].model
    assert isinstance(model, EmbeddedChat)
    return model


@pytest.fixture
def vectors(offers: Mapping[ModelType, Offer]) -> EmbeddedVectors:
    model = offers[ModelType.TEXT_EMBEDDING].model
    assert isinstance(model, EmbeddedVectors)
    return model
