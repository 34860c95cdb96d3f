"""Processor: what this machine can run, and with how many cores."""

import os
import platform
from pathlib import Path

# The engine's wheel is compiled to use these without asking; a processor that lacks one kills the process.
_REQUIRED = ("avx2", "bmi2", "f16c", "fma")
_CPUINFO = Path("/proc/cpuinfo")
_QUOTA = Path("/sys/fs/cgroup/cpu.max")


def missing_features() -> tuple[str, ...]:
    """Instruction sets the engine needs and this processor lacks; empty where that cannot be told."""
    if platform.machine().lower() not in {"x86_64", "amd64"}:
        return ()
    flags = _cpuinfo("flags").split()
    return tuple(name for name in _REQUIRED if name not in flags) if flags else ()


def fingerprint() -> str:
    """Tells machines apart on which the engine may behave differently."""
    return f"{platform.machine()} {_cpuinfo('model name')} {' '.join(platform.libc_ver())}".strip()


def cores() -> int:
    """How many cores this process may keep busy, whatever the machine has."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(allowed, _quota(allowed)))


def _cpuinfo(field: str) -> str:
    try:
        lines = _CPUINFO.read_text().splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(field)), "")


def _quota(otherwise: int) -> int:
    """A container's share; a thread more than that makes all of them wait for each other."""
    try:
        quota, period = _QUOTA.read_text().split()
        return int(quota) // int(period)
    except (OSError, ValueError):
        return otherwise
