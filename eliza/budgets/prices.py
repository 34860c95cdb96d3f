"""Prices: what a million tokens of each model cost."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil
from pathlib import Path

import orjson
from pydantic import BaseModel, ConfigDict, NonNegativeFloat, TypeAdapter, ValidationError

from eliza.errors import ConfigurationError
from eliza.llm.types import Usage


class Price(BaseModel):
    """The price of a million input tokens and of a million output tokens."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    input: NonNegativeFloat
    output: NonNegativeFloat


_LIST = TypeAdapter(dict[str, Price])


@dataclass(frozen=True, slots=True)
class Prices:
    """Models are listed by the names that turns record (``openai/gpt-5.4``), with or without the provider."""

    by_model: Mapping[str, Price]

    @classmethod
    def read(cls, text: str) -> "Prices":
        """Read JSON, or the file named by ``text``. Raises ``ConfigurationError``."""
        if not text.strip():
            return cls({})
        written = text if text.lstrip().startswith("{") else _file(text)
        try:
            return cls(_LIST.validate_python(orjson.loads(written)))
        except orjson.JSONDecodeError as error:
            raise ConfigurationError(f"ELIZA_PRICES is not valid JSON: {error}.") from None
        except ValidationError as error:
            where = ".".join(map(str, error.errors()[0]["loc"]))
            raise ConfigurationError(
                f'ELIZA_PRICES: {where} is not a valid price; write {{"gpt-5.4": {{"input": 2.5, "output": 10}}}}.'
            ) from None

    def of(self, model: str) -> Price | None:
        return self.by_model.get(model) or self.by_model.get(model.partition("/")[2])

    def missing(self, models: Iterable[str]) -> list[str]:
        """The models that have no price, without repetition."""
        return [model for model in dict.fromkeys(models) if self.of(model) is None]

    def micros(self, model: str, usage: Usage) -> int:
        """What an answer cost, in millionths; a model without a price costs nothing."""
        price = self.of(model)
        return ceil(usage.prompt_tokens * price.input + usage.completion_tokens * price.output) if price else 0


def _file(name: str) -> str:
    try:
        return Path(name).expanduser().read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"ELIZA_PRICES={name} cannot be read: {error}.") from None
