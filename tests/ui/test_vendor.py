"""The modules that come from others: complete, importable without a build step, and with their licences."""

import json
import re

import pytest

from tests.services.processes import ROOT

_VENDOR = ROOT / "static" / "vendor"
_IMPORT = re.compile(r"""(?:\bfrom|\bimport)\s*\(?\s*["']([^"']+)["']""")
_URL = "/static/vendor/"


def _imports() -> dict[str, str]:
    return dict(json.loads((_VENDOR / "importmap.json").read_text())["imports"])


def test_the_import_map_leads_to_files_that_are_there() -> None:
    assert [url for url in _imports().values() if not (_VENDOR / url.removeprefix(_URL)).is_file()] == []


@pytest.mark.parametrize(
    "specifier", ["preact", "preact/hooks", "htm", "htm/preact", "marked", "dompurify", "socket.io-client"]
)
def test_the_page_can_import(specifier: str) -> None:
    assert specifier in _imports()


def test_no_module_imports_what_the_map_does_not_cover() -> None:
    wanted = {name for file in _VENDOR.glob("*.js") for name in _IMPORT.findall(file.read_text())}

    assert wanted - _imports().keys() == set()


def test_every_package_brings_its_licence() -> None:
    licences = {path.name for path in (_VENDOR / "licenses").glob("*.txt") if path.stat().st_size > 0}

    assert licences >= {
        f"{name}.txt" for name in ("preact", "htm", "marked", "dompurify", "socket.io-client", "swagger-ui-dist")
    }


def test_the_lock_file_names_no_registry() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]

    assert [name for name, package in packages.items() if "resolved" in package] == []
