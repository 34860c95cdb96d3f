"""Wire: what an operator sends and is told."""

from typing import Literal

from pydantic import BaseModel
from typing_extensions import TypedDict


class NewEnvironment(BaseModel):
    content: dict[str, str]


class SavedJson(TypedDict):
    success: Literal[True]
    message: str
    content: dict[str, str]


class SavedEnvironmentJson(SavedJson):
    data: SavedJson
    """All that elizaOS's client hands on."""


class StoppingJson(TypedDict):
    message: str


def saved(shown: dict[str, str]) -> SavedEnvironmentJson:
    message = "Saved; it takes effect when the server starts the next time"
    payload: SavedJson = {"success": True, "message": message, "content": shown}
    return {**payload, "data": payload}
