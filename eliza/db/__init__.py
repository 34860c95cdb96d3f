"""The database: tables, migrations, and the two ways to touch them."""

from eliza.db.database import Database
from eliza.db.statement import Statement, param

__all__ = ["Database", "Statement", "param"]
