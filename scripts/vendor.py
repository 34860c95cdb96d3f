"""Vendor: the third-party files a browser loads, copied out of node_modules into static/vendor, with their licences.

Nothing is bundled or rewritten. Modules import each other by bare names, which the import map written beside them
resolves.
"""

import json
import shutil
from pathlib import Path
from typing import NamedTuple


class Module(NamedTuple):
    """What a script imports, the file that answers, and the packages whose code is in that file."""

    specifier: str
    source: str
    name: str
    packages: tuple[str, ...]


MODULES = (
    Module("preact", "preact/dist/preact.mjs", "preact.js", ("preact",)),
    Module("preact/hooks", "preact/hooks/dist/hooks.mjs", "preact-hooks.js", ("preact",)),
    Module("htm", "htm/dist/htm.module.js", "htm.js", ("htm",)),
    Module("htm/preact", "htm/preact/index.module.js", "htm-preact.js", ("htm",)),
    Module("marked", "marked/lib/marked.esm.js", "marked.js", ("marked",)),
    Module("dompurify", "dompurify/dist/purify.es.mjs", "dompurify.js", ("dompurify",)),
    Module(
        "socket.io-client",
        "socket.io-client/dist/socket.io.esm.min.js",
        "socket.io-client.js",
        (
            "socket.io-client",
            "socket.io-parser",
            "engine.io-client",
            "engine.io-parser",
            "@socket.io/component-emitter",
        ),
    ),
)
PARTS = (
    ("swagger-ui-dist/swagger-ui-bundle.js", "swagger-ui/swagger-ui.js"),
    ("swagger-ui-dist/swagger-ui.css", "swagger-ui/swagger-ui.css"),
    ("swagger-ui-dist/LICENSE", "licenses/swagger-ui-dist.txt"),
    ("swagger-ui-dist/NOTICE", "licenses/swagger-ui-dist-notice.txt"),
    ("swagger-ui-dist/swagger-ui-bundle.js.LICENSE.txt", "licenses/swagger-ui-dist-parts.txt"),
)
"""What no script imports: a page loads it as it is. Here, the page of the API's description."""

URL = "/static/vendor/"


def vendor(node_modules: Path, target: Path) -> None:
    """Fill ``target`` afresh. A reader sees the old folder or the new one, never one half filled."""
    fresh, old = node_modules / ".vendor-new", node_modules / ".vendor-old"
    for folder in (fresh, old):
        shutil.rmtree(folder, ignore_errors=True)
    (fresh / "licenses").mkdir(parents=True)
    for module in MODULES:
        shutil.copyfile(node_modules / module.source, fresh / module.name)
        for package in module.packages:
            _copy_licence(node_modules / package, fresh / "licenses" / (package.replace("/", "-").lstrip("@") + ".txt"))
    for source, name in PARTS:
        (fresh / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(node_modules / source, fresh / name)
    (fresh / "importmap.json").write_text(json.dumps(import_map(), indent=2) + "\n")
    target.parent.mkdir(exist_ok=True)
    if target.exists():
        target.rename(old)
    fresh.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def import_map() -> dict[str, dict[str, str]]:
    """What the page's ``<script type="importmap">`` holds."""
    return {"imports": {module.specifier: URL + module.name for module in MODULES}}


def _copy_licence(package: Path, target: Path) -> None:
    licence = min(path for path in package.iterdir() if path.name.upper().startswith("LICENSE"))
    shutil.copyfile(licence, target)
