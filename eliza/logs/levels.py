"""Levels: elizaOS's names for how much a log line matters, and their numbers."""

import logging
from typing import Literal

Level = Literal["fatal", "error", "warn", "info", "log", "progress", "success", "debug", "trace"]

LEVELS: dict[Level, int] = {
    "fatal": 60,
    "error": 50,
    "warn": 40,
    "info": 30,
    "log": 29,
    "progress": 28,
    "success": 27,
    "debug": 20,
    "trace": 10,
}

_OF_PYTHON: dict[Level, int] = {
    "fatal": logging.CRITICAL,
    "error": logging.ERROR,
    "warn": logging.WARNING,
    "info": logging.INFO,
    "debug": logging.DEBUG,
}


def number(python_level: int) -> int:
    """elizaOS's number for a level of Python's."""
    return next((LEVELS[name] for name, level in _OF_PYTHON.items() if python_level >= level), LEVELS["trace"])


def python_level(name: Level) -> int:
    """Python's level for elizaOS's; what it has no word for is some kind of information."""
    return logging.DEBUG if name == "trace" else _OF_PYTHON.get(name, logging.INFO)
