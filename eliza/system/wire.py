"""Wire: what the server says of itself."""

from typing import Literal

from typing_extensions import TypedDict

from eliza.http.envelope import Iso
from eliza.llm.registry import Models
from eliza.messaging.channel_wire import ServerJson


class HealthJson(TypedDict):
    status: Literal["OK", "DEGRADED"]
    version: str
    timestamp: Iso
    dependencies: dict[str, str]
    agentCount: int


class AliveJson(TypedDict):
    status: Literal["ok"]
    timestamp: Iso


class StatusJson(AliveJson):
    agentCount: int


class PongJson(TypedDict):
    pong: Literal[True]
    timestamp: int


class HelloJson(TypedDict):
    message: str


class CountedServersJson(TypedDict):
    servers: list[ServerJson]
    count: int


class DebugServersJson(CountedServersJson):
    success: Literal[True]
    data: CountedServersJson


class VersionJson(TypedDict):
    version: str
    source: str
    timestamp: Iso
    environment: str
    uptime: float


class ConfigJson(TypedDict):
    requiresAuth: bool


class ModelJson(TypedDict):
    type: str
    provider: str
    model: str
    why: str


class AbsenceJson(TypedDict):
    provider: str
    why: str


class ModelsJson(TypedDict):
    """Which model serves each type, and why the other providers do not."""

    models: list[ModelJson]
    absences: list[AbsenceJson]


def models(table: Models) -> ModelsJson:
    rows: list[ModelJson] = [
        {
            "type": row.model_type.value,
            "provider": row.name.partition("/")[0],
            "model": row.name.partition("/")[2] or row.name,
            "why": row.why,
        }
        for row in table.table()
    ]
    absences: list[AbsenceJson] = [{"provider": absence.provider, "why": absence.why} for absence in table.absences]
    return {"models": rows, "absences": absences}
