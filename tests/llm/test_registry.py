from collections.abc import Iterator, Mapping

import pytest

from eliza.llm.classic import Classic
from eliza.llm.errors import NoModel
from eliza.llm.registry import Models, Priority, Row, table_lines
from eliza.llm.types import Absence, ModelType, Offer
from eliza.testing.scripted import ScriptedModel, ScriptedProvider


class Shop:
    """A provider that offers one large model at a price."""

    def __init__(self, name: str, priority: int) -> None:
        self.name = name
        self._priority = priority

    def offers(self, env: Mapping[str, str]) -> Iterator[Offer | Absence]:
        yield Offer(ModelType.TEXT_LARGE, ScriptedModel(name=f"{self.name}/large"), self._priority, "it is there")


class Closed:
    name = "closed"

    def offers(self, env: Mapping[str, str]) -> Iterator[Offer | Absence]:
        yield Absence(self.name, "nobody answers at its address")


class Broken:
    name = "broken"

    def offers(self, env: Mapping[str, str]) -> Iterator[Offer | Absence]:
        yield Offer(ModelType.TEXT_LARGE, ScriptedModel(), Priority.FORCED, "it should not be used")
        raise RuntimeError("no driver")


def test_the_highest_priority_serves_a_model_type() -> None:
    models = Models()

    models.ask_all([Shop("low", 1), Shop("high", 2), Shop("middle", 1)], {})

    assert models.text().name == "high/large"


def test_among_equals_the_first_to_offer_serves() -> None:
    models = Models()

    models.ask_all([Shop("first", 1), Shop("second", 1)], {})

    assert models.text().name == "first/large"


def test_the_operator_can_force_a_provider() -> None:
    models = Models()

    models.ask_all([Shop("cheap", 1), Shop("dear", 100)], {"ELIZA_MODEL_PROVIDER": "cheap"})

    assert models.table() == [Row(ModelType.TEXT_LARGE, "cheap/large", "ELIZA_MODEL_PROVIDER names its provider")]


def test_a_forced_provider_that_offers_nothing_is_noted_and_the_next_best_serves() -> None:
    models = Models()

    models.ask_all([Shop("cheap", 1)], {"ELIZA_MODEL_PROVIDER": "opnai"})

    assert models.text().name == "cheap/large"
    assert [absence.provider for absence in models.absences] == ["opnai"]


def test_a_provider_that_fails_becomes_an_absence_and_leaves_nothing_behind() -> None:
    models = Models()

    models.ask_all([Broken(), Shop("sound", 1)], {})

    assert models.text().name == "sound/large"
    assert models.absences == (Absence("broken", "it failed to start (RuntimeError); see the log"),)


def test_a_model_type_that_nobody_serves_is_named() -> None:
    models = Models()

    with pytest.raises(NoModel, match="TEXT_SMALL"):
        models.text(ModelType.TEXT_SMALL)
    with pytest.raises(NoModel, match="TEXT_EMBEDDING"):
        models.embedding()


def test_a_model_that_cannot_embed_is_not_taken_for_an_embedder() -> None:
    class Mislabelled:
        name = "mislabelled"

        def offers(self, env: Mapping[str, str]) -> Iterator[Offer | Absence]:
            yield Offer(ModelType.TEXT_EMBEDDING, ScriptedModel(), 1, "of a mistake")

    models = Models()
    models.ask_all([Classic(), Mislabelled()], {})

    assert models.embedding().name == "classic/hashing"
    assert [absence.provider for absence in models.absences] == ["mislabelled"]


def test_the_table_tells_an_operator_what_is_used_and_why() -> None:
    models = Models()

    models.ask_all([ScriptedProvider(ScriptedModel()), Closed()], {})

    assert list(table_lines(models)) == [
        "TEXT_SMALL  scripted/model  chosen because a test has written its script",
        "TEXT_LARGE  scripted/model  chosen because a test has written its script",
        "not in use  closed          nobody answers at its address",
    ]


def test_without_any_setting_the_classic_program_serves_everything() -> None:
    models = Models()

    models.ask_all([Classic()], {})

    assert [row.name for row in models.table()] == ["classic/eliza", "classic/eliza", "classic/hashing"]
