"""Sessions, jobs and uploads; what an agent remembers or logs of a message is tied to that message."""

import hashlib
from urllib.parse import quote
from uuid import UUID

from peewee import (
    BigIntegerField,
    BooleanField,
    CompositeKey,
    ForeignKeyField,
    IntegerField,
    JSONField,
    Model,
    PostgresqlDatabase,
    TextField,
    UUIDField,
)


def up(migrator, db):
    uuid, bigint = ("UUID", "BIGINT") if isinstance(db, PostgresqlDatabase) else ("TEXT", "INTEGER")
    for statement in (
        f"ALTER TABLE memories ADD COLUMN message_id {uuid} REFERENCES central_messages (id) ON DELETE CASCADE",
        "CREATE INDEX memory_message_id ON memories (message_id)",
        f"ALTER TABLE logs ADD COLUMN turn_id {uuid} REFERENCES turns (id) ON DELETE CASCADE",
        "CREATE INDEX log_turn_id ON logs (turn_id)",
        f"ALTER TABLE channel_participants ADD COLUMN last_read_seq {bigint} NOT NULL DEFAULT 0",
    ):
        db.execute_sql(statement)
    _tie_memories(db)

    class Agent(Model):
        id = UUIDField(primary_key=True)

        class Meta:
            database = db
            table_name = "agents"

    class Channel(Model):
        id = UUIDField(primary_key=True)

        class Meta:
            database = db
            table_name = "channels"

    class Message(Model):
        id = UUIDField(primary_key=True)

        class Meta:
            database = db
            table_name = "central_messages"

    class Session(Model):
        id = UUIDField(primary_key=True)
        agent = ForeignKeyField(Agent, on_delete="CASCADE")
        channel = ForeignKeyField(Channel, on_delete="CASCADE")
        user_id = UUIDField()
        metadata = JSONField(default=dict)
        timeout_config = JSONField()
        renewal_count = IntegerField(default=0)
        created_at = BigIntegerField()
        last_activity = BigIntegerField()
        expires_at = BigIntegerField(index=True)

        class Meta:
            database = db
            table_name = "sessions"

    class Job(Model):
        id = UUIDField(primary_key=True)
        agent_id = UUIDField()
        user_id = UUIDField()
        channel = ForeignKeyField(Channel, on_delete="CASCADE")
        message_id = UUIDField(null=True)
        prompt = TextField()
        metadata = JSONField(default=dict)
        created_at = BigIntegerField(index=True)
        expires_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "jobs"

    class Upload(Model):
        id = UUIDField(primary_key=True)
        agent_id = UUIDField(null=True, index=True)
        channel_id = UUIDField(null=True, index=True)
        name = TextField(unique=True)
        original_name = TextField()
        content_type = TextField()
        size = BigIntegerField()
        was_used = BooleanField(default=False)
        created_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "uploads"

    class UploadUse(Model):
        upload = ForeignKeyField(Upload, on_delete="CASCADE")
        message = ForeignKeyField(Message, on_delete="CASCADE")

        class Meta:
            database = db
            table_name = "upload_uses"
            primary_key = CompositeKey("upload", "message")

    db.create_tables([Session, Job, Upload, UploadUse])


def _tie_memories(db):
    """An agent's memory of a message is named after both, so what was kept before can be tied to its message."""
    change = "UPDATE memories SET message_id = ? WHERE id = ?"
    change = change.replace("?", db.param)
    pairs = db.execute_sql(
        "SELECT m.id, r.agent_id FROM central_messages m JOIN rooms r ON r.channel_id = m.channel_id"
    ).fetchall()
    for message_id, agent_id in pairs:
        message, agent = UUID(str(message_id)), UUID(str(agent_id))
        memory_id = _as_kept(_named(f"{message}-{agent}:{agent}"), message_id)
        db.execute_sql(change, (message_id, memory_id))


def _named(text):
    digest = bytearray(hashlib.sha1(quote(text, safe="-_.!~*'()").encode(), usedforsecurity=False).digest()[:16])
    digest[6] &= 0x0F
    digest[8] = (digest[8] & 0x3F) | 0x80
    return UUID(bytes=bytes(digest))


def _as_kept(name, like):
    """Postgres keeps UUIDs, SQLite their 32 digits."""
    return name if isinstance(like, UUID) else name.hex
