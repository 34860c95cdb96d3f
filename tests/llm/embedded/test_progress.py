"""Progress: what a download has brought so far is measured while the download goes on."""

import subprocess
import sys
from pathlib import Path

from eliza.llm.weights.progress import bytes_below

_COMES_AND_GOES = """
import os, sys
for _ in range(2000):
    os.makedirs(sys.argv[1] + "/unpacked/deeper")
    os.removedirs(sys.argv[1] + "/unpacked/deeper")
"""


def test_folders_that_vanish_while_they_are_measured_count_nothing(tmp_path: Path) -> None:
    (tmp_path / "kept").write_bytes(b"1234567")
    measured = set()

    with subprocess.Popen([sys.executable, "-c", _COMES_AND_GOES, str(tmp_path)]) as busy:
        while busy.poll() is None:
            measured.add(bytes_below(tmp_path))

    assert (busy.returncode, measured) == (0, {7})
