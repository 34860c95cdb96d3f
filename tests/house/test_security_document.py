"""SECURITY.md: each promise has tests that exist, and its tables and settings are those of the code."""

import re

from eliza.access.roles import PERMISSIONS, Permission, Role
from tests.services.processes import ROOT

_TEXT = (ROOT / "SECURITY.md").read_text()


def test_every_promise_names_tests_that_exist() -> None:
    rows = re.findall(r"^\| (.+) \| (.+) \|$", _TEXT.partition("## What is not")[0], re.MULTILINE)[1:]

    assert rows
    assert [promise for promise, held_by in rows if not re.findall(r"`tests/[\w/]+\.py`", held_by)] == []
    assert [path for path in re.findall(r"`([\w/]+\.py)`", _TEXT) if not (ROOT / path).is_file()] == []


def test_the_table_of_roles_is_that_of_the_code() -> None:
    told = dict(re.findall(r"^\| `([\w:-]+)` \| (.*) \|$", _TEXT, re.MULTILINE))

    assert {name: [cell.strip() for cell in cells.split("|")] for name, cells in told.items()} == {
        permission.value: ["yes" if permission in PERMISSIONS[role] else "" for role in Role]
        for permission in Permission
        if permission is not Permission.ACT_AS
    }


def test_every_variable_that_is_named_is_read() -> None:
    sources = "".join(path.read_text() for path in (ROOT / "eliza").rglob("*.py"))

    assert {name for name in re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", _TEXT) if f'"{name}"' not in sources} == set()
