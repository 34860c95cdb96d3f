"""Forgetting: rooms go with what was remembered in them, which no foreign key could see to."""

from peewee import Expression

from eliza.db import tables


def forget_rooms(which: Expression) -> None:
    """Inside a unit of work: delete the rooms for which ``which`` holds, with their memories."""
    gone = tables.Room.select(tables.Room.id).where(which)
    tables.Memory.delete().where(tables.Memory.room_id.in_(gone)).execute()
    tables.Room.delete().where(which).execute()
