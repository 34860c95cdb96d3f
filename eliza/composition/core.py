"""Core: what every other part of a server is built on."""

from dataclasses import dataclass

from eliza.background import Background
from eliza.clock import Clock
from eliza.config import Settings
from eliza.db import Database
from eliza.events import Bus
from eliza.logs.redaction import Redaction
from eliza.vault.vault import Vault


@dataclass(frozen=True, slots=True)
class Core:
    settings: Settings
    database: Database
    clock: Clock
    bus: Bus
    background: Background
    vault: Vault
    redaction: Redaction
