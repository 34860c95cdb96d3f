"""Tables: everything that outlives the process, as one connected graph of Peewee models.

Names and columns follow elizaOS 1.7 where it has them, so that its data can be carried over; what the turn
protocol needs comes on top. The same schema stands on SQLite and on Postgres. Moments are whole milliseconds.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from peewee import (
    SQL,
    BigAutoField,
    BigIntegerField,
    BlobField,
    BooleanField,
    CompositeKey,
    DatabaseProxy,
    Field,
    ForeignKeyField,
    IntegerField,
    JSONField,
    Model,
    TextField,
    UUIDField,
)

from eliza.clock import from_milliseconds, milliseconds
from eliza.ids import new_id

proxy = DatabaseProxy()


class MomentField(BigIntegerField):
    """An aware moment in UTC, kept as milliseconds since the epoch: exact, sortable and the same on both databases."""

    def db_value(self, value: datetime | int | None) -> int | None:
        return milliseconds(value) if isinstance(value, datetime) else value

    def python_value(self, value: int | None) -> datetime | None:
        return None if value is None else from_milliseconds(value)


def _json(**options: Any) -> Field:
    return JSONField(dumps=_dumps, loads=orjson.loads, **options)


def _dumps(value: object) -> str:
    return orjson.dumps(value).decode()


class Table(Model):
    class Meta:
        database = proxy
        legacy_table_names = False


def fields(table: type[Table]) -> list[Field]:
    """Every column of a table, in the order they stand in it."""
    return list(table._meta.sorted_fields)


class Agent(Table):
    id = UUIDField(primary_key=True)
    enabled = BooleanField(default=True)
    server_id = UUIDField(null=True)
    status = TextField(default="inactive")
    """``active`` or ``inactive``: what its people want, so that it comes back after a restart."""
    name = TextField()
    username = TextField(null=True)
    system = TextField(null=True)
    bio = _json(default=list)
    templates = _json(default=dict)
    message_examples = _json(default=list)
    post_examples = _json(default=list)
    topics = _json(default=list)
    adjectives = _json(default=list)
    knowledge = _json(default=list)
    plugins = _json(default=list)
    settings = _json(default=dict)
    style = _json(default=dict)
    extra = _json(default=dict)
    """Keys of the character file that nobody here knows, kept as they came."""
    source_hash = TextField(null=True)
    """SHA-256 of the file it was last read from, so that an edited file is read again and an edited agent is kept."""
    created_at = MomentField()
    updated_at = MomentField()

    class Meta:
        table_name = "agents"


class Entity(Table):
    """Somebody as one agent knows them; the same person is a row for each agent."""

    id = UUIDField()
    agent = ForeignKeyField(Agent, on_delete="CASCADE")
    names = _json(default=list)
    metadata = _json(default=dict)
    created_at = MomentField()

    class Meta:
        table_name = "entities"
        primary_key = CompositeKey("id", "agent")


class World(Table):
    agent_id: UUID

    id = UUIDField(primary_key=True, default=new_id)
    agent = ForeignKeyField(Agent, on_delete="CASCADE")
    name = TextField()
    metadata = _json(null=True)
    message_server_id = UUIDField(null=True)
    created_at = MomentField()

    class Meta:
        table_name = "worlds"


class Room(Table):
    """A channel as one agent knows it."""

    id = UUIDField(primary_key=True, default=new_id)
    agent = ForeignKeyField(Agent, on_delete="CASCADE")
    source = TextField()
    type = TextField()
    name = TextField(null=True)
    channel_id = UUIDField(null=True, index=True)
    message_server_id = UUIDField(null=True)
    world_id = UUIDField(null=True, index=True)
    metadata = _json(null=True)
    created_at = MomentField()

    class Meta:
        table_name = "rooms"


class Participant(Table):
    """Who is in a room, and whether the agent follows or mutes it."""

    entity_id = UUIDField()
    room = ForeignKeyField(Room, on_delete="CASCADE")
    agent = ForeignKeyField(Agent, on_delete="CASCADE")
    room_state = TextField(null=True)
    created_at = MomentField()

    class Meta:
        table_name = "participants"
        primary_key = CompositeKey("entity_id", "room", "agent")


class Component(Table):
    id = UUIDField(primary_key=True, default=new_id)
    entity_id = UUIDField(index=True)
    agent = ForeignKeyField(Agent, on_delete="CASCADE")
    room_id = UUIDField()
    world_id = UUIDField(null=True)
    source_entity_id = UUIDField(null=True)
    type = TextField()
    data = _json(default=dict)
    created_at = MomentField()

    class Meta:
        table_name = "components"


class Relationship(Table):
    id = UUIDField(primary_key=True, default=new_id)
    source_entity_id = UUIDField()
    target_entity_id = UUIDField()
    agent = ForeignKeyField(Agent, on_delete="CASCADE")
    tags = _json(default=list)
    metadata = _json(default=dict)
    created_at = MomentField()

    class Meta:
        table_name = "relationships"
        indexes = ((("source_entity_id", "target_entity_id", "agent"), True),)


class Task(Table):
    id = UUIDField(primary_key=True, default=new_id)
    name = TextField()
    description = TextField(null=True)
    room_id = UUIDField(null=True)
    world_id = UUIDField(null=True)
    entity_id = UUIDField(null=True)
    agent = ForeignKeyField(Agent, on_delete="CASCADE")
    tags = _json(default=list)
    metadata = _json(default=dict)
    created_at = MomentField()
    updated_at = MomentField()

    class Meta:
        table_name = "tasks"


class CacheEntry(Table):
    key = TextField()
    agent = ForeignKeyField(Agent, on_delete="CASCADE")
    value = _json()
    created_at = MomentField()
    expires_at = MomentField(null=True)

    class Meta:
        table_name = "cache"
        primary_key = CompositeKey("key", "agent")


class MessageServer(Table):
    id = UUIDField(primary_key=True, default=new_id)
    name = TextField()
    source_type = TextField()
    source_id = TextField(null=True)
    metadata = _json(null=True)
    created_at = MomentField()
    updated_at = MomentField()

    class Meta:
        table_name = "message_servers"


class MessageServerAgent(Table):
    message_server = ForeignKeyField(MessageServer, on_delete="CASCADE")
    agent = ForeignKeyField(Agent, on_delete="CASCADE")

    class Meta:
        table_name = "message_server_agents"
        primary_key = CompositeKey("message_server", "agent")


class Channel(Table):
    message_server_id: UUID

    id = UUIDField(primary_key=True, default=new_id)
    message_server = ForeignKeyField(MessageServer, on_delete="CASCADE")
    name = TextField()
    type = TextField()
    source_type = TextField(null=True)
    source_id = TextField(null=True)
    topic = TextField(null=True)
    metadata = _json(null=True)
    last_seq = BigIntegerField(default=0)
    """The ``seq`` of the newest message; taking the next one locks the row, which is what orders a channel."""
    pair = TextField(null=True, unique=True)
    """Names the two people of a direct channel on one server, so that it exists once."""
    creator_id = UUIDField(null=True)
    """Who created it and may change it; None if unknown."""
    created_at = MomentField()
    updated_at = MomentField()

    class Meta:
        table_name = "channels"


class ChannelParticipant(Table):
    channel = ForeignKeyField(Channel, on_delete="CASCADE")
    entity_id = UUIDField(index=True)
    last_read_seq = BigIntegerField(default=0)
    """The ``seq`` up to which they have read the channel."""

    class Meta:
        table_name = "channel_participants"
        primary_key = CompositeKey("channel", "entity_id")


class Message(Table):
    """One message of a channel. ``seq`` counts from 1 in its channel without a gap when it is written."""

    id = UUIDField(primary_key=True, default=new_id)
    channel = ForeignKeyField(Channel, on_delete="CASCADE", index=False)
    seq = BigIntegerField()
    author_id = UUIDField()
    author_name = TextField(null=True)
    is_agent = BooleanField(default=False)
    content = TextField()
    raw_message = _json(null=True)
    in_reply_to_root_message_id = UUIDField(null=True)
    source_type = TextField(null=True)
    source_id = TextField(null=True)
    metadata = _json(null=True)
    hop = IntegerField(default=0)
    """How many agents stand between this message and the human words that began it."""
    turn_id = UUIDField(null=True)
    part = IntegerField(default=0)
    submission_key = TextField(null=True)
    """What the author calls this submission; the same key in the same channel is the same message."""
    fingerprint = TextField(null=True)
    announced = BooleanField(default=False)
    created_at = MomentField()
    updated_at = MomentField()

    class Meta:
        table_name = "central_messages"
        indexes = (
            (("channel", "seq"), True),
            (("channel", "author_id", "submission_key"), True),
            (("turn_id", "part"), True),
        )


Message.add_index(Message.index(Message.created_at, where=SQL("NOT announced"), name="messages_to_announce"))


class Turn(Table):
    """One agent's handling of one message."""

    id = UUIDField(primary_key=True, default=new_id)
    message = ForeignKeyField(Message, on_delete="CASCADE", index=False)
    channel = ForeignKeyField(Channel, on_delete="CASCADE", index=False)
    agent = ForeignKeyField(Agent, on_delete="CASCADE", index=False)
    seq = BigIntegerField()
    hop = IntegerField()
    status = TextField()
    """``pending``, ``running``, ``waiting`` for an approval, or how it ended: ``replied``, ``ignored``, ``failed``."""
    reason = TextField(null=True)
    attempt = IntegerField(default=0)
    owner = TextField(null=True)
    lease_until = MomentField(null=True)
    model = TextField(null=True)
    prompt_tokens = IntegerField(null=True)
    completion_tokens = IntegerField(null=True)
    steps = _json(null=True)
    person_id = UUIDField(null=True)
    """The person whose message started the chain of turns; set when the turn ends."""
    counted_on = TextField(null=True)
    """The day (UTC) whose budgets it was counted in; None if it was not counted before it ended."""
    created_at = MomentField()
    started_at = MomentField(null=True)
    ended_at = MomentField(null=True)

    class Meta:
        table_name = "turns"
        indexes = (
            (("message", "agent"), True),
            (("channel", "seq"), False),
            (("agent", "created_at"), False),
        )


Turn.add_index(
    Turn.index(
        Turn.channel,
        Turn.agent,
        Turn.seq,
        where=SQL("ended_at IS NULL"),
        name="turns_unfinished",
    )
)


class Memory(Table):
    """What an agent remembers; ``type`` is elizaOS's table name: messages, facts, documents, memories."""

    agent_id: UUID

    id = UUIDField(primary_key=True, default=new_id)
    type = TextField()
    content = _json()
    entity_id = UUIDField(null=True)
    agent = ForeignKeyField(Agent, on_delete="CASCADE")
    room_id = UUIDField(null=True)
    world_id = UUIDField(null=True)
    message = ForeignKeyField(Message, null=True, on_delete="CASCADE")
    """The message it came from, with which it is forgotten."""
    unique = BooleanField(default=True)
    metadata = _json(default=dict)
    created_at = MomentField()

    class Meta:
        table_name = "memories"
        indexes = (
            (("agent", "type", "created_at"), False),
            (("room_id", "type", "created_at"), False),
        )


class Embedding(Table):
    """A memory's vector: ``dimension`` little-endian 32-bit floats of unit length, in the space of ``model``."""

    memory = ForeignKeyField(Memory, on_delete="CASCADE")
    model = TextField()
    dimension = IntegerField()
    vector = BlobField()
    created_at = MomentField()

    class Meta:
        table_name = "embeddings"
        primary_key = CompositeKey("memory", "model")


class Log(Table):
    """What an agent did, step by step, for its people to look at; ``type`` has elizaOS's names."""

    id = UUIDField(primary_key=True, default=new_id)
    agent = ForeignKeyField(Agent, on_delete="CASCADE")
    entity_id = UUIDField(null=True)
    room_id = UUIDField(null=True)
    turn = ForeignKeyField(Turn, null=True, on_delete="CASCADE")
    type = TextField()
    body = _json(default=dict)
    created_at = MomentField()

    class Meta:
        table_name = "logs"
        indexes = ((("agent", "created_at"), False),)


class Session(Table):
    """A conversation of one person with one agent that ends by itself when nobody goes on with it."""

    agent_id: UUID
    channel_id: UUID

    id = UUIDField(primary_key=True, default=new_id)
    agent = ForeignKeyField(Agent, on_delete="CASCADE")
    channel = ForeignKeyField(Channel, on_delete="CASCADE")
    user_id = UUIDField()
    metadata = _json(default=dict)
    timeout_config = _json()
    """Minutes under elizaOS's names: ``timeoutMinutes``, ``maxDurationMinutes``, ``warningThresholdMinutes``, and
    ``autoRenew``."""
    renewal_count = IntegerField(default=0)
    created_at = MomentField()
    last_activity = MomentField()
    expires_at = MomentField(index=True)

    class Meta:
        table_name = "sessions"


class Job(Table):
    """A question asked once. How it stands is how the turn on its message stands, seen against ``expires_at``."""

    channel_id: UUID

    id = UUIDField(primary_key=True, default=new_id)
    agent_id = UUIDField()
    user_id = UUIDField()
    channel = ForeignKeyField(Channel, on_delete="CASCADE")
    message_id = UUIDField(null=True)
    prompt = TextField()
    metadata = _json(default=dict)
    created_at = MomentField(index=True)
    expires_at = MomentField()

    class Meta:
        table_name = "jobs"


class Upload(Table):
    """A file somebody sent. It belongs to an agent or to a channel and is gone with it."""

    id = UUIDField(primary_key=True, default=new_id)
    agent_id = UUIDField(null=True, index=True)
    channel_id = UUIDField(null=True, index=True)
    sender_id = UUIDField(null=True)
    """Who sent it; None if unknown."""
    name = TextField(unique=True)
    """Its name on the disk and in its URL, which is ours."""
    original_name = TextField()
    content_type = TextField()
    size = BigIntegerField()
    was_used = BooleanField(default=False)
    """True once a message has shown it; when no message shows it any more, it is gone."""
    created_at = MomentField()

    class Meta:
        table_name = "uploads"


class UploadUse(Table):
    """A message that shows an upload."""

    upload = ForeignKeyField(Upload, on_delete="CASCADE")
    message = ForeignKeyField(Message, on_delete="CASCADE")

    class Meta:
        table_name = "upload_uses"
        primary_key = CompositeKey("upload", "message")


class GeneratedUse(Table):
    """A message in which an agent shows a generated file; ``name`` is the file's path below the agent's folder."""

    agent_id = UUIDField()
    name = TextField()
    message = ForeignKeyField(Message, on_delete="CASCADE")

    class Meta:
        table_name = "generated_uses"
        primary_key = CompositeKey("agent_id", "name", "message")


class Person(Table):
    """A person with an account. ``id`` is the entity they speak as, ``subject`` the ``sub`` of their tokens."""

    id = UUIDField(primary_key=True)
    subject = TextField(unique=True)
    email = TextField(null=True, unique=True)
    """In lower case."""
    username = TextField()
    password_hash = TextField(null=True)
    """Argon2id; None for people who sign in with another service."""
    role = TextField()
    is_disabled = BooleanField(default=False)
    valid_from = MomentField()
    """Tokens and logins from before this time are no longer accepted."""
    created_at = MomentField()
    updated_at = MomentField()

    class Meta:
        table_name = "people"


class ApiKey(Table):
    """A named API key. It has the permissions of its role, limited to ``scopes`` if there are any."""

    person_id: UUID | None

    id = UUIDField(primary_key=True, default=new_id)
    name = TextField()
    hash = TextField(unique=True)
    """SHA-256 of the key. Keys are too random to be found by trying, so no slow hash is needed."""
    role = TextField()
    scopes = _json(null=True)
    person = ForeignKeyField(Person, null=True, on_delete="CASCADE")
    """The owner. A key without an owner may speak for anybody or, with an ``entity_id``, for that entity."""
    entity_id = UUIDField(null=True)
    created_by = TextField()
    created_at = MomentField()
    expires_at = MomentField(null=True)
    last_used_at = MomentField(null=True)
    revoked_at = MomentField(null=True)

    class Meta:
        table_name = "api_keys"


class Login(Table):
    """A browser that is signed in. ``credential`` is what it signed in with, as in ``Principal.credential``."""

    id = UUIDField(primary_key=True, default=new_id)
    hash = TextField(unique=True)
    """SHA-256 of the cookie's value."""
    credential = TextField(index=True)
    created_at = MomentField()
    expires_at = MomentField()

    class Meta:
        table_name = "logins"


class AuditEntry(Table):
    """Who did what to whom, in the order of ``seq``. The database itself refuses to change or delete a row."""

    seq = BigAutoField()
    actor = TextField()
    """The principal's name, as it was then."""
    credential = TextField()
    entity_id = UUIDField(null=True)
    address = TextField(null=True)
    action = TextField()
    """``agent.update``, ``key.revoke``: the noun and what was done to it."""
    target = TextField(null=True)
    details = _json(default=dict)
    created_at = MomentField()

    class Meta:
        table_name = "audit_log"
        indexes = ((("created_at",), False),)


class KeyCheck(Table):
    """One row: the fingerprint of the key that secrets are encrypted with."""

    id = IntegerField(primary_key=True)
    fingerprint = TextField()

    class Meta:
        table_name = "key_check"


class Approval(Table):
    """An action that waits, or has waited, for an approval."""

    agent_id: UUID
    channel_id: UUID
    turn_id: UUID

    id = UUIDField(primary_key=True, default=new_id)
    turn = ForeignKeyField(Turn, on_delete="CASCADE", index=False)
    step = IntegerField()
    """The index of the action in its turn; the same on every attempt."""
    agent = ForeignKeyField(Agent, on_delete="CASCADE")
    channel = ForeignKeyField(Channel, on_delete="CASCADE", index=False)
    action = TextField()
    risk = TextField()
    summary = TextField()
    """What it is about to do, for the people who decide."""
    status = TextField()
    """``pending``, ``approved``, ``denied``, or ``expired``: then ``otherwise`` applies."""
    otherwise = TextField()
    """``approved`` or ``denied``: the decision if nobody decides before ``deadline``."""
    state = _json(null=True)
    """The saved state from which the turn continues; deleted when it has ended."""
    deadline = MomentField()
    decided_by = UUIDField(null=True)
    decided_by_name = TextField(null=True)
    created_at = MomentField()
    decided_at = MomentField(null=True)

    class Meta:
        table_name = "approvals"
        indexes = (
            (("turn", "step"), True),
            (("channel", "created_at"), False),
            (("status", "deadline"), False),
        )


class Spending(Table):
    """What was used on one day (UTC) by one agent, in one channel, or for one person."""

    day = TextField()
    """``2026-11-23``."""
    kind = TextField()
    """``agent``, ``channel`` or ``person``."""
    subject_id = UUIDField()
    turns = IntegerField(default=0)
    tokens = BigIntegerField(default=0)
    micros = BigIntegerField(default=0)
    """Money, in millionths of the currency of the price list."""

    class Meta:
        table_name = "spending"
        primary_key = CompositeKey("day", "kind", "subject_id")


ALL: tuple[type[Table], ...] = (
    Agent,
    Entity,
    World,
    Room,
    Participant,
    Component,
    Relationship,
    Task,
    CacheEntry,
    MessageServer,
    MessageServerAgent,
    Channel,
    ChannelParticipant,
    Message,
    Turn,
    Memory,
    Embedding,
    Log,
    Session,
    Job,
    Upload,
    UploadUse,
    GeneratedUse,
    Person,
    ApiKey,
    Login,
    AuditEntry,
    KeyCheck,
    Approval,
    Spending,
)
