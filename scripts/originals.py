"""Originals: elizaOS's own clients, against which the tests hold this server, without anything they depend on.

npm would bring the whole of elizaOS along with them. So each package is fetched by itself, compared with the sum below,
and only the part that runs on the other side of the wire is unpacked.
"""

import base64
import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple


class Package(NamedTuple):
    """A package at one version, the npm checksum of its archive, and the folder in it that is wanted."""

    name: str
    version: str
    integrity: str
    folder: str
    target: str

    @property
    def spec(self) -> str:
        return f"{self.name}@{self.version}"

    @property
    def archive(self) -> str:
        """The file name that npm gives it."""
        return f"{self.name.lstrip('@').replace('/', '-')}-{self.version}.tgz"


PACKAGES = (
    Package(
        "@elizaos/api-client",
        "1.7.2",
        "sha512-1v0fBpzHrUUfl1kUUuLuma7r5VSdB2bf8prnGyGsrwbBOMDTZencr6inwm/NIpzXmzJFv8Q++x0paLd0PoYqBA==",
        "package",
        "api-client",
    ),
    Package(
        "@elizaos/server",
        "1.7.2",
        "sha512-RGLjBYhm2tYWssTOl1u5U9cmgvnIqMcjxrQ0nNwoCkr9bUD3eSTzYjHY2zyjrSd5z0HodxblM+BJBDKmdm173w==",
        "package/dist/client",
        "web-ui",
    ),
)


def fetch_originals(npm: str, target: Path, run: Callable[[list[str], str], None]) -> None:
    """Fill ``target`` with a folder for each package. ``run`` runs a command, or raises with the complaint."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    specs = [package.spec for package in PACKAGES]
    run(
        [npm, "pack", *specs, "--pack-destination", str(target), "--ignore-scripts", "--silent"],
        "npm could not fetch elizaOS's clients",
    )
    for package in PACKAGES:
        _unpack(target / package.archive, package, target / package.target, run)


def _unpack(archive: Path, package: Package, target: Path, run: Callable[[list[str], str], None]) -> None:
    if _integrity(archive) != package.integrity:
        raise OSError(f"{package.spec} is not the package that the tests were written against: its checksum differs")
    target.mkdir()
    depth = package.folder.count("/") + 1
    # Source maps are two thirds of it, and nobody steps through it here.
    kept = [f"--strip-components={depth}", "--exclude=*.map", "--exclude=*.d.ts", package.folder]
    run(["tar", "-xzf", str(archive), "-C", str(target), *kept], f"{package.spec} could not be unpacked")
    archive.unlink()


def _integrity(archive: Path) -> str:
    return "sha512-" + base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
