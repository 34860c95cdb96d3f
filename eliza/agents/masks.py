"""Masks: secrets go in and never come out; what is shown in their place stands for them when it is sent back."""

from collections.abc import Mapping, Sequence
from typing import Any

from eliza.telltales import MASK, masked

Json = dict[str, Any]

_GONE = object()


def unmasked(sent: Mapping[str, Any], kept: Mapping[str, Any]) -> Json:
    """``sent`` with every mask replaced by what it stands for in ``kept``; one that stands for nothing is left out."""
    shown = masked(kept)
    restored = {key: _restored(value, kept.get(key, _GONE), shown.get(key, _GONE)) for key, value in sent.items()}
    return {key: value for key, value in restored.items() if value is not _GONE}


def _restored(sent: Any, kept: Any, shown: Any) -> Any:
    if isinstance(sent, Mapping):
        pairs = (kept, shown) if isinstance(kept, Mapping) else ({}, {})
        restored = {key: _restored(value, *(side.get(key, _GONE) for side in pairs)) for key, value in sent.items()}
        return {key: value for key, value in restored.items() if value is not _GONE}
    if isinstance(sent, list):
        sides = (kept, shown) if isinstance(kept, list | tuple) else ([], [])
        items = [_restored(item, *_counterpart(sent, index, *sides)) for index, item in enumerate(sent)]
        return [item for item in items if item is not _GONE]
    return kept if isinstance(sent, str) and sent in (MASK, shown) else sent


def _counterpart(sent: list[Any], index: int, kept: Sequence[Any], shown: Sequence[Any]) -> tuple[Any, Any]:
    """What an item of a list was: the one in its place, or after items came or went, the one that looked the same."""
    if index < len(shown) and (len(shown) == len(sent) or shown[index] == sent[index]):
        return kept[index], shown[index]
    where = next((place for place, item in enumerate(shown) if item == sent[index]), None)
    return (_GONE, _GONE) if where is None else (kept[where], shown[where])
