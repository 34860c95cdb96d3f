"""Servers that the tests of this folder share."""

from collections.abc import Iterator

import pytest

from tests.limits.programs import Running, gunicorn, python
from tests.services.processes import ROOT
from tests.services.waiting import eventually


@pytest.fixture(scope="package")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Running]]:
    """All three, started at the same time."""
    folder = tmp_path_factory.mktemp("slow")
    app = str(ROOT / "app.py")
    started = {
        "gunicorn": gunicorn(folder / "gunicorn"),
        "python app.py": python(folder / "python", app),
        "flask run": python(folder / "flask", "-m", "flask", "--app", app, "run", "--port={port}"),
    }
    try:
        for one in started.values():
            eventually(lambda one=one: one.ask() == 200, within=30)  # type: ignore[misc]  # Bound, since it is a loop.
        yield started
    finally:
        for one in started.values():
            one.process.kill()
