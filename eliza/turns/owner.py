"""Owner: which process holds a turn, said so that another can tell whether it still lives."""

import os
import socket
from dataclasses import dataclass

import psutil


@dataclass(frozen=True, slots=True)
class Owner:
    """A process: host, process id and the second it was born, since ids come round again."""

    host: str
    pid: int
    born: int

    @classmethod
    def myself(cls) -> "Owner":
        return cls(socket.gethostname(), os.getpid(), int(psutil.Process().create_time()))

    @classmethod
    def parse(cls, text: str) -> "Owner":
        host, pid, born = text.rsplit("/", 2)
        return cls(host, int(pid), int(born))

    def __str__(self) -> str:
        return f"{self.host}/{self.pid}/{self.born}"

    def is_known_dead(self, *, seen_from: "Owner") -> bool:
        """True when it ran on the observer's host and runs no more; of other hosts only the lease can tell."""
        if self.host != seen_from.host or self == seen_from:
            return False
        try:
            return abs(int(psutil.Process(self.pid).create_time()) - self.born) > 1
        except psutil.NoSuchProcess:
            return True
        except psutil.AccessDenied:
            return False
