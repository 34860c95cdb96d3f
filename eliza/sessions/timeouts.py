"""Timeouts: how long a session lasts, and who has a say in it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from math import isfinite
from typing import Any

from eliza.config import SessionSettings
from eliza.errors import InvalidInput
from eliza.runtime.character import Character
from eliza.variables import truth


@dataclass(frozen=True, slots=True)
class Timeouts:
    """A session ends ``minutes`` after it was last renewed, and ``longest_minutes`` after its beginning in any case.

    ``auto_renew`` lets every sign of life renew it. ``warning_minutes`` before its end, that is near.
    """

    minutes: float
    auto_renew: bool
    longest_minutes: float
    warning_minutes: float

    @classmethod
    def default(cls, settings: SessionSettings) -> "Timeouts":
        return cls(settings.minutes, settings.auto_renew, settings.longest_duration, settings.warning)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Timeouts":
        return cls(**{name: kept[key] for name, key in _NAMES.items()})

    def to_json(self) -> dict[str, Any]:
        """Under elizaOS's names."""
        return {key: getattr(self, name) for name, key in _NAMES.items()}

    def end(self, created_at: datetime, renewed_at: datetime) -> datetime:
        return min(renewed_at + timedelta(minutes=self.minutes), self.last_moment(created_at))

    def last_moment(self, created_at: datetime) -> datetime:
        return created_at + timedelta(minutes=self.longest_minutes)

    def with_wishes(self, wishes: "Wishes") -> "Timeouts":
        return replace(self, **wishes.given)

    def within(self, settings: SessionSettings) -> "Timeouts":
        """The nearest that is allowed."""
        minutes = _between(settings.shortest, self.minutes, settings.longest)
        return replace(
            self,
            minutes=minutes,
            longest_minutes=_between(minutes, self.longest_minutes, settings.longest_duration_allowed),
            warning_minutes=_between(1, self.warning_minutes, settings.longest),
        )


@dataclass(frozen=True, slots=True)
class Wishes:
    """The parts of the timeouts that somebody has an opinion on."""

    minutes: float | None = None
    auto_renew: bool | None = None
    longest_minutes: float | None = None
    warning_minutes: float | None = None

    @classmethod
    def of(cls, character: Character) -> "Wishes":
        """What an agent's settings say, written as values or as words; what they say unintelligibly is passed over."""
        return cls(
            minutes=_number(character.setting("SESSION_TIMEOUT_MINUTES")),
            auto_renew=truth(character.setting("SESSION_AUTO_RENEW")),
            longest_minutes=_number(character.setting("SESSION_MAX_DURATION_MINUTES")),
            warning_minutes=_number(character.setting("SESSION_WARNING_THRESHOLD_MINUTES")),
        )

    @property
    def given(self) -> dict[str, Any]:
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value is not None}

    def require_allowed(self, settings: SessionSettings) -> None:
        """Raises ``InvalidInput`` for the first that goes beyond the bounds."""
        bounds = {
            "minutes": (settings.shortest, settings.longest),
            "longest_minutes": (self.minutes or settings.shortest, settings.longest_duration_allowed),
            "warning_minutes": (1, settings.longest),
        }
        for name, (least, most) in bounds.items():
            value = getattr(self, name)
            if value is not None and not least <= value <= most:
                key = _NAMES[name]
                raise InvalidInput(f"{key}: must be between {least:g} and {most:g} minutes", details={"field": key})


_NAMES = {
    "minutes": "timeoutMinutes",
    "auto_renew": "autoRenew",
    "longest_minutes": "maxDurationMinutes",
    "warning_minutes": "warningThresholdMinutes",
}


def _between(least: float, value: float, most: float) -> float:
    return max(least, min(value, most))


def _number(value: object) -> float | None:
    try:
        number = float(str(value))
    except ValueError:
        return None
    return number if isfinite(number) else None
