"""The database: tables, migrations, and the two ways to touch them."""

from eliza.db.database import Database

__all__ = ["Database"]
