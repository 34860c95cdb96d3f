"""Wire: panels as elizaOS's clients know them."""

from typing_extensions import TypedDict

from eliza.extensions.panels import Panel


class PanelJson(TypedDict):
    name: str
    path: str


def panel(shown: Panel) -> PanelJson:
    return {"name": shown.name, "path": shown.path}
