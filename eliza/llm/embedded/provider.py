"""Provider: offers the embedded models if this machine can run them, and says why if it cannot."""

import logging
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from eliza.llm.embedded import probe
from eliza.llm.embedded.engine import CannotLoad, Engine, Size
from eliza.llm.embedded.models import EmbeddedChat, EmbeddedVectors
from eliza.llm.embedded.processor import missing_features
from eliza.llm.errors import ModelError
from eliza.llm.registry import Priority
from eliza.llm.types import Absence, Manner, ModelType, Offer
from eliza.llm.weights import CHAT, EMBEDDING, Weights, models_folder
from eliza.llm.weights.soundness import Stamps

log = logging.getLogger(__name__)

LOCAL_MODEL = "ELIZA_LOCAL_MODEL"
"""The setting that names another chat model's file, or says ``off``."""

# Below this a file holds a model that cannot follow the planning prompt, however it was compressed.
_CAPABLE = 1_000_000_000
_SIZES = {
    Manner.CHAT: Size(slots=2, window=2048, batch=128),
    Manner.PLAN: Size(slots=1, window=8192, batch=256),
}
_WHY = "it is built in and nothing better is set up"
_EMBEDDING_SIZE = Size(slots=4, window=512, batch=512)


class EmbeddedProvider:
    """The models in ``models``, by default the folder below ``data_dir`` that the weights are fetched into."""

    name = "embedded"

    def __init__(self, data_dir: Path, models: Path | None = None) -> None:
        self._models = models or models_folder(data_dir)
        self._stamps = Stamps(models_folder(data_dir))
        self._verdicts = probe.Verdicts(models_folder(data_dir) / "tried.json")
        self._engines: list[Engine] = []

    def offers(self, env: Mapping[str, str]) -> Iterator[Offer | Absence]:
        """Loads the models: half a second, and once on a machine two more to try them in a process of their own."""
        wish = env.get(LOCAL_MODEL, "").strip()
        if wish.lower() == "off":
            return
        trouble = _trouble_with_the_machine()
        if trouble is not None:
            yield self._absence(trouble)
            return
        yield from self._chat(wish)
        yield from self._embedding()

    def close(self) -> None:
        """Break off what is being written and free the memory; the models given out cannot be used afterwards."""
        for engine in self._engines:
            engine.close()

    def _chat(self, wish: str) -> Iterator[Offer | Absence]:
        if wish:
            file = Path(wish).expanduser()
            trouble = self._trouble_with_file(file)
            if trouble is None:
                yield from self._chat_with(file, file.stem, f"{LOCAL_MODEL} names it")
                return
            yield self._absence(f"{LOCAL_MODEL}: {trouble}")
        trouble = self._trouble_with_weights(CHAT, probe.CHAT)
        if trouble is None:
            yield from self._chat_with(self._models / CHAT.file, CHAT.title, _WHY)
        else:
            yield self._absence(trouble)

    def _chat_with(self, file: Path, name: str, why: str) -> Iterator[Offer | Absence]:
        manner = Manner.PLAN if file.stat().st_size >= _CAPABLE else Manner.CHAT
        size = _SIZES[manner]
        try:
            model = EmbeddedChat(self._kept(Engine(file, size, name=name)), manner, size.slots)
        except CannotLoad as error:
            yield self._absence(str(error))
            return
        for model_type in (ModelType.TEXT_SMALL, ModelType.TEXT_LARGE):
            yield Offer(model_type, model, Priority.EMBEDDED, why)

    def _embedding(self) -> Iterator[Offer | Absence]:
        trouble = self._trouble_with_weights(EMBEDDING, probe.EMBEDDING)
        if trouble is not None:
            yield self._absence(trouble)
            return
        try:
            file = self._models / EMBEDDING.file
            engine = Engine(file, _EMBEDDING_SIZE, name=EMBEDDING.title, embedding=True)
            model = EmbeddedVectors(self._kept(engine))
        except (CannotLoad, ModelError) as error:
            yield self._absence(str(error))
            return
        yield Offer(ModelType.TEXT_EMBEDDING, model, Priority.EMBEDDED, _WHY)

    def _kept(self, engine: Engine) -> Engine:
        self._engines.append(engine)
        log.info("embedded model loaded", extra={"model": engine.name})
        return engine

    def _trouble_with_file(self, file: Path) -> str | None:
        return self._verdicts.trouble_with(file, probe.CHAT) if file.is_file() else f"there is no file {file.name}"

    def _trouble_with_weights(self, weights: Weights, kind: str) -> str | None:
        file = self._models / weights.file
        if not file.is_file():
            return f"{weights.title} has not been fetched; bring it with: python -m eliza.llm.weights"
        if not self._stamps.is_sound(file, weights.sha256):
            return f"{weights.title} is damaged; fetch it anew with: python -m eliza.llm.weights"
        return self._verdicts.trouble_with(file, kind)

    def _absence(self, why: str) -> Absence:
        return Absence(self.name, why)


def _trouble_with_the_machine() -> str | None:
    missing = missing_features()
    if missing:
        return f"the engine needs a processor with {', '.join(missing)}; set up another provider"
    try:
        version("xllamacpp")
    except PackageNotFoundError:
        return "the package xllamacpp is not installed; pip install -r requirements.txt brings it"
    return None
