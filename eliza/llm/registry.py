"""Registry: which model serves which model type, and why it was chosen."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import cast

from eliza.errors import ConfigurationError
from eliza.llm.errors import NoModel
from eliza.llm.types import (
    Absence,
    EmbeddingModel,
    ImageDescriptionModel,
    ModelType,
    Offer,
    Provider,
    SpeechModel,
    TextModel,
    TranscriptionModel,
)

log = logging.getLogger(__name__)

FORCED_BY = "ELIZA_MODEL_PROVIDER"
"""The setting that puts one provider, by its name, before all others."""

_VERBS = {
    ModelType.TEXT_SMALL: "stream",
    ModelType.TEXT_LARGE: "stream",
    ModelType.TEXT_EMBEDDING: "embed",
    ModelType.IMAGE_DESCRIPTION: "describe",
    ModelType.TRANSCRIPTION: "transcribe",
    ModelType.TEXT_TO_SPEECH: "speak",
}
# Text and vectors come from many providers and are never missing unless somebody wanted that.
_NAMED_BY = {
    ModelType.IMAGE_DESCRIPTION: "OPENAI_IMAGE_DESCRIPTION_MODEL",
    ModelType.TRANSCRIPTION: "OPENAI_TRANSCRIPTION_MODEL",
    ModelType.TEXT_TO_SPEECH: "OPENAI_TTS_MODEL",
}


class Priority(IntEnum):
    """Who goes first when several providers are set up: the highest, and among equals who offered first."""

    FORCED = 10_000
    SCRIPTED = 1_000
    OPENAI = 100
    ANTHROPIC = 90
    OLLAMA = 50
    EMBEDDED = 10
    CLASSIC = 0


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: the model that serves a type. ``why`` completes "chosen because …"."""

    model_type: ModelType
    name: str
    why: str


class Models:
    """Every model on offer. Filled at start; afterwards only read."""

    def __init__(self) -> None:
        self._chosen: dict[ModelType, Offer] = {}
        self._absences: list[Absence] = []

    def ask_all(self, providers: Iterable[Provider], env: Mapping[str, str]) -> None:
        """Ask each provider in turn, and note it if the one ``ELIZA_MODEL_PROVIDER`` names has nothing to offer."""
        offering = {provider.name for provider in providers if self.ask(provider, env)}
        forced = env.get(FORCED_BY)
        if forced and forced not in offering:
            self.absent(Absence(forced, f"{FORCED_BY} names it, and it offers no model; the next best is used"))

    def ask(self, provider: Provider, env: Mapping[str, str]) -> bool:
        """Collect what a provider can serve; True if that is anything.

        A provider that fails is noted as absent and the server starts without it.
        """
        try:
            answers = list(provider.offers(env))
            offers = [answer for answer in answers if isinstance(answer, Offer)]
            for offer in offers:
                self.offer(_lifted(offer) if env.get(FORCED_BY) == provider.name else offer)
        except Exception as error:
            log.exception("model provider failed", extra={"provider": provider.name})
            self.absent(Absence(provider.name, f"it failed to start ({type(error).__name__}); see the log"))
            return False
        self._absences.extend(answer for answer in answers if isinstance(answer, Absence))
        return bool(offers)

    def offer(self, offer: Offer) -> None:
        """Raises ``ConfigurationError`` for a model that cannot do what its type promises."""
        verb = _VERBS[offer.model_type]
        if not callable(getattr(offer.model, verb, None)):
            raise ConfigurationError(f"{offer.model.name} is offered as {offer.model_type} and has no {verb}().")
        best = self._chosen.get(offer.model_type)
        if best is None or offer.priority > best.priority:
            self._chosen[offer.model_type] = offer

    def absent(self, absence: Absence) -> None:
        self._absences.append(absence)

    def text(self, model_type: ModelType = ModelType.TEXT_LARGE) -> TextModel:
        """Raises ``NoModel``."""
        if _VERBS[model_type] != "stream":
            raise NoModel(f"{model_type} is not a type that writes text.")
        return cast(TextModel, self._best(model_type).model)

    def embedding(self) -> EmbeddingModel:
        """Raises ``NoModel``."""
        return cast(EmbeddingModel, self._best(ModelType.TEXT_EMBEDDING).model)

    def image_description(self) -> ImageDescriptionModel:
        """Raises ``NoModel``."""
        return cast(ImageDescriptionModel, self._best(ModelType.IMAGE_DESCRIPTION).model)

    def transcription(self) -> TranscriptionModel:
        """Raises ``NoModel``."""
        return cast(TranscriptionModel, self._best(ModelType.TRANSCRIPTION).model)

    def speech(self) -> SpeechModel:
        """Raises ``NoModel``."""
        return cast(SpeechModel, self._best(ModelType.TEXT_TO_SPEECH).model)

    def table(self) -> list[Row]:
        """The model in use for each type that has one, in the order of ``ModelType``."""
        chosen = (self._chosen[model_type] for model_type in ModelType if model_type in self._chosen)
        return [Row(offer.model_type, offer.model.name, offer.why) for offer in chosen]

    @property
    def absences(self) -> tuple[Absence, ...]:
        """Who could serve and cannot, in the order it was found."""
        return tuple(self._absences)

    def _best(self, model_type: ModelType) -> Offer:
        if model_type not in self._chosen:
            raise _missing(model_type)
        return self._chosen[model_type]


def table_lines(models: Models) -> Iterator[str]:
    """The table as an operator reads it when the server starts."""
    rows = models.table()
    widest = max((len(row.name) for row in rows), default=0)
    types = max(len("not in use"), *(len(row.model_type) for row in rows), 0)
    for row in rows:
        yield f"{row.model_type:<{types}}  {row.name:<{widest}}  chosen because {row.why}"
    for absence in models.absences:
        yield f"{'not in use':<{types}}  {absence.provider:<{widest}}  {absence.why}"


def _missing(model_type: ModelType) -> NoModel:
    named_by = _NAMED_BY.get(model_type)
    if named_by is None:
        return NoModel(f"No model is set up for {model_type}.", details={"modelType": model_type})
    return NoModel(
        f"No model is set up for {model_type}: set OPENAI_API_KEY, or {named_by} and OPENAI_BASE_URL for a server "
        "that speaks OpenAI's protocol.",
        details={"modelType": model_type, "settings": ["OPENAI_API_KEY", "OPENAI_BASE_URL", named_by]},
    )


def _lifted(offer: Offer) -> Offer:
    return replace(offer, priority=Priority.FORCED + offer.priority, why=f"{FORCED_BY} names its provider")
