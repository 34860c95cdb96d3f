"""The pins: no package that is known to be vulnerable, and every one of them pinned."""

import re

import pytest

from tests.services.processes import ROOT

_LEAST = {
    # Cross-site WebSocket hijacking (CVE-2019-13611); threads without end (CVE-2026-48802, fixed in 4.13.2).
    "python-engineio": (4, 15, 1),
    # Code run from message queues (CVE-2025-61765, fixed in 5.14); attachments that pile up (CVE-2026-48804, 5.16.2).
    "python-socketio": (5, 18, 1),
    # Chunks and trailers misread (CVE-2023-41419, fixed in 23.9).
    "gevent": (23, 9, 0),
    # Smuggled requests (CVE-2024-1135, CVE-2024-6827, fixed in 22 and 23).
    "gunicorn": (23, 0, 0),
    # The debugger (CVE-2024-34069), forms that fill memory (CVE-2024-49767) or time (GHSA-hrfv-mqp8-q5rw), safe_join on
    # Windows (CVE-2024-49766, CVE-2025-66221, CVE-2026-21860, CVE-2026-27199).
    "werkzeug": (3, 1, 6),
    # Log injection (CVE-2024-1681), private networks (CVE-2024-6221), paths that match too much (CVE-2024-6839, -6844,
    # -6866, fixed in 6.0).
    "flask-cors": (6, 0, 0),
}
_IN_THE_PAGE = {"engine.io-client": (6, 6, 7), "ws": (8, 21, 0)}
"""CVE-2026-59725 and CVE-2026-48779."""


@pytest.mark.parametrize("name", _LEAST)
def test_no_package_is_older_than_the_last_advisory_allows(name: str) -> None:
    assert _pinned()[name] >= _LEAST[name]


@pytest.mark.parametrize("name", _IN_THE_PAGE)
def test_nor_is_one_that_the_page_brings(name: str) -> None:
    lock = (ROOT / "package-lock.json").read_text()
    found = re.findall(rf'"node_modules/{re.escape(name)}": {{\s+"version": "([\d.]+)"', lock)

    assert found
    assert all(_version(version) >= _IN_THE_PAGE[name] for version in found)


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_package_is_pinned_to_one_version(name: str) -> None:
    lines = [line.partition("#")[0].strip() for line in (ROOT / name).read_text().splitlines()]

    assert [line for line in lines if line and not line.startswith("-r ") and "==" not in line] == []


def _pinned() -> dict[str, tuple[int, ...]]:
    found = re.findall(r"^([\w.-]+)(?:\[\w+\])?==([\d.]+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    return {name.lower(): _version(version) for name, version in found}


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.strip(".").split("."))
