"""Weights of a few bytes in a package of their own, and the fetching of them: ``tiny.py DATA_DIR``."""

import shutil
import sys
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from eliza.llm.weights import Weights
from eliza.llm.weights.fetch import fetch

CONTENT = b"weights of the tiny model"


def publish(index: Path, name: str = "tiny_weights") -> Path:
    """Put the package into the folder ``index``, from which pip takes it by ``PIP_FIND_LINKS``."""
    index.mkdir(parents=True, exist_ok=True)
    wheel = index / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in _members(name).items():
            # A fixed time makes the same bytes, hence the same hash, whenever it is written.
            archive.writestr(zipfile.ZipInfo(path), text)
    return wheel


def weights(wheel: Path, make: Callable[[Path, Path], None] | None = None) -> Weights:
    """The manifest's entry for a published package."""
    name = wheel.name.partition("-")[0]
    return Weights(
        title=name,
        file=f"{name}.bin",
        sha256=sha256(CONTENT).hexdigest(),
        size=len(CONTENT),
        package=f"{name}==1.0",
        package_sha256=sha256(wheel.read_bytes()).hexdigest(),
        package_size=wheel.stat().st_size,
        members=name,
        make=make or take,
    )


def take(folder: Path, target: Path) -> None:
    shutil.move(folder / "weights.bin", target)


def _members(name: str) -> dict[str, bytes]:
    about = f"{name}-1.0.dist-info"
    return {
        f"{name}/weights.bin": CONTENT,
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n".encode(),
        f"{about}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{about}/RECORD": b"",
    }


if __name__ == "__main__":
    fetch(Path(sys.argv[1]), [weights(publish(Path(sys.argv[2])))])
