"""Table: the figures of a run, side by side with what they are held against."""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. ``against`` is the yardstick's own value, in the same unit unless ``yardstick`` says another.

    ``elizaos`` is what elizaOS 1.7.2 did on another day and machine, embedded / Postgres: for orientation only.
    """

    measure: str
    value: float | None
    unit: str
    yardstick: str = ""
    against: float | None = None
    elizaos: str = ""
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """The figure as a multiple of its yardstick."""
        return self.value / self.against if self.value is not None and self.against else None


_TITLES = ("measure", "value", "yardstick", "ratio", "elizaOS 1.7.2", "note")


def table(rows: Sequence[Row]) -> str:
    """The rows as aligned text."""
    cells = [_TITLES, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(_TITLES))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def number(value: float | None) -> str:
    """A figure as a person would write it; a dash where there is none."""
    if value is None or math.isnan(value):
        return "-"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _cells(row: Row) -> tuple[str, ...]:
    yardstick = f"{row.yardstick} {number(row.against)}".strip() if row.against is not None else ""
    ratio = f"{number(row.ratio)} x" if row.ratio is not None else ""
    return (row.measure, f"{number(row.value)} {row.unit}".strip(), yardstick, ratio, row.elizaos, row.note)
