"""Wire: the server's log as elizaOS's clients know it."""

from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict  # pydantic needs this one before Python 3.12.

from eliza.clock import milliseconds
from eliza.db.paging import Page
from eliza.events import LogWritten
from eliza.http.envelope import given
from eliza.logs.bodies import LineQuery
from eliza.logs.levels import LEVELS, Level


class LineJson(TypedDict):
    time: int
    level: int
    msg: str
    logger: str
    agentId: NotRequired[str]
    agentName: NotRequired[str]
    fields: NotRequired[dict[str, Any]]


class LinesJson(TypedDict):
    """``total`` counts all lines that fit, ``count`` those that are here."""

    logs: list[LineJson]
    count: int
    total: int
    requestedLevel: str
    level: str
    agentName: str
    agentId: str
    levels: list[Level]


class ClearedJson(TypedDict):
    status: Literal["success"]
    message: str


def line(one: LogWritten) -> LineJson:
    shape: LineJson = {"time": milliseconds(one.at), "level": one.level, "msg": one.text, "logger": one.logger}
    return given(shape, agentId=one.agent_id, agentName=one.agent_name, fields=one.fields or None)


def lines(page: Page[LogWritten], query: LineQuery) -> LinesJson:
    level = query.level or "all"
    return {
        "logs": page.map(line).items,
        "count": len(page.items),
        "total": page.total,
        "requestedLevel": level,
        "level": level,
        "agentName": query.agent_name or "all",
        "agentId": str(query.agent_id or "all"),
        "levels": list(LEVELS),
    }
