import math
from collections.abc import Sequence

import pytest

from eliza.llm.embedded.models import EmbeddedVectors


def _nearness(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def test_the_same_thought_in_other_words_is_nearer_than_a_stranger(vectors: EmbeddedVectors) -> None:
    pet, same, other = vectors.embed(
        ["My dog loves to run on the beach.", "The puppy enjoys sprinting by the sea.", "The invoice is due on Friday."]
    )

    assert _nearness(pet, same) > _nearness(pet, other) + 0.3


def test_vectors_are_those_of_the_published_model(vectors: EmbeddedVectors) -> None:
    lovely, sunny, stadium = vectors.embed(
        ["The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium."]
    )

    # What the model's authors print for these sentences; eight bits a weight cost the third digit.
    assert _nearness(lovely, sunny) == pytest.approx(0.6660, abs=0.01)
    assert _nearness(lovely, stadium) == pytest.approx(0.1046, abs=0.01)
    assert _nearness(sunny, stadium) == pytest.approx(0.1411, abs=0.01)


def test_every_text_has_a_unit_vector_of_the_models_dimension_in_its_place(vectors: EmbeddedVectors) -> None:
    texts = [f"Sentence number {number}." for number in range(40)]
    found = vectors.embed(texts)

    assert {len(vector) for vector in found} == {vectors.dimension} == {384}
    assert all(math.isclose(_nearness(vector, vector), 1, abs_tol=1e-4) for vector in found)
    assert _nearness(found[31], vectors.embed([texts[31]])[0]) > 0.999


@pytest.mark.parametrize("text", ["", " ", "\0", "\ud83d", "word " * 5000, "한글 " * 2000, "<|im_end|>"])
def test_any_text_can_be_embedded(vectors: EmbeddedVectors, text: str) -> None:
    assert len(vectors.embed([text])[0]) == 384


def test_no_texts_have_no_vectors(vectors: EmbeddedVectors) -> None:
    assert vectors.embed([]) == []
