"""Vectors: how an embedding lies in its column."""

import struct
from collections.abc import Sequence

import numpy


def pack(vector: Sequence[float]) -> bytes:
    """A vector as its column keeps it."""
    return struct.pack(f"<{len(vector)}f", *vector)


def unpack(packed: bytes) -> list[float]:
    numbers: list[float] = numpy.frombuffer(packed, dtype="<f4").tolist()
    return numbers


def of_unit_length(vector: Sequence[float]) -> list[float]:
    """The vector at length one, as all that are compared must be; one without a direction stays as it is."""
    given = numpy.asarray(vector, dtype="float64")
    length = float(numpy.linalg.norm(given))
    numbers: list[float] = (given / length if length else given).tolist()
    return numbers
