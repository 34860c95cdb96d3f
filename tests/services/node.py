"""Node: runs scripts that speak to the server with the official JavaScript clients."""

import os
import shutil
import sys
from pathlib import Path


def node() -> str:
    """The program ``node``: the machine's, or the one that set-up put beside Python.

    A script finds node_modules only from a file inside the repository.
    """
    beside = Path(sys.executable).parent
    found = shutil.which("node", path=os.pathsep.join([os.environ.get("PATH", os.defpath), str(beside)]))
    assert found, "There is no Node.js: make test brings one."
    return found
