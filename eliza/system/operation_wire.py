"""Wire: what an operator sends and is told."""

from typing import Literal

from pydantic import BaseModel
from typing_extensions import TypedDict


class NewEnvironment(BaseModel):
    content: dict[str, str]


class SavedEnvironmentJson(TypedDict):
    success: Literal[True]
    message: str
    data: dict[str, str]


class StoppingJson(TypedDict):
    message: str


def saved(shown: dict[str, str]) -> SavedEnvironmentJson:
    message = "Saved; it takes effect when the server starts the next time"
    return {"success": True, "message": message, "data": shown}
