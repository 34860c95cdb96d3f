"""Faults: named points at which a test may kill the process, to prove that nothing depends on its survival.

Inert unless the environment names a point in ``ELIZA_CRASH_AT`` as ``point`` or ``point:n`` (the n-th passage).
"""

import os
import signal
from collections import Counter

_name, _, _count = os.environ.get("ELIZA_CRASH_AT", "").partition(":")
_wanted = int(_count or 1)
_passages: Counter[str] = Counter()


def point(name: str) -> None:
    """Die here by SIGKILL if the environment asks for it; otherwise do nothing."""
    if name != _name:
        return
    _passages[name] += 1
    if _passages[name] == _wanted:
        os.kill(os.getpid(), signal.SIGKILL)
