"""A program that ends while the embedded model is talking: ``talk.py MODELS DATA_DIR patched|plain``."""

import sys

if sys.argv[3] == "patched":
    from gevent import monkey

    monkey.patch_all()

from pathlib import Path

import gevent

from eliza.llm.embedded.models import EmbeddedChat
from eliza.llm.embedded.provider import EmbeddedProvider
from eliza.llm.types import Delta, Line, Offer, Prompt


def main(models: str, data_dir: str) -> None:
    provider = EmbeddedProvider(Path(data_dir), Path(models))
    models_offered = [offer.model for offer in provider.offers({}) if isinstance(offer, Offer)]
    chat = next(model for model in models_offered if isinstance(model, EmbeddedChat))
    prompt = Prompt((Line("user", "Tell me a very long story."),), max_tokens=1500)
    answer = chat.stream(prompt)
    print(sum(isinstance(next(answer), Delta) for _ in range(3)), flush=True)
    gevent.spawn(list, chat.stream(prompt))
    gevent.sleep(0.1)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
