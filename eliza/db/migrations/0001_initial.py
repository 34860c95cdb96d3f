"""The first schema: elizaOS's tables, and what the turn protocol adds."""

from peewee import (
    BigIntegerField,
    BlobField,
    BooleanField,
    CompositeKey,
    ForeignKeyField,
    IntegerField,
    JSONField,
    Model,
    TextField,
    UUIDField,
)


def up(migrator, db):
    class Agent(Model):
        id = UUIDField(primary_key=True)
        enabled = BooleanField(default=True)
        server_id = UUIDField(null=True)
        status = TextField(default="inactive")
        name = TextField()
        username = TextField(null=True)
        system = TextField(null=True)
        bio = JSONField(default=list)
        templates = JSONField(default=dict)
        message_examples = JSONField(default=list)
        post_examples = JSONField(default=list)
        topics = JSONField(default=list)
        adjectives = JSONField(default=list)
        knowledge = JSONField(default=list)
        plugins = JSONField(default=list)
        settings = JSONField(default=dict)
        style = JSONField(default=dict)
        extra = JSONField(default=dict)
        source_hash = TextField(null=True)
        created_at = BigIntegerField()
        updated_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "agents"

    db.create_tables([Agent])

    class CacheEntry(Model):
        key = TextField()
        agent = ForeignKeyField(Agent, on_delete="CASCADE")
        value = JSONField()
        created_at = BigIntegerField()
        expires_at = BigIntegerField(null=True)

        class Meta:
            database = db
            table_name = "cache"
            primary_key = CompositeKey("key", "agent")

    db.create_tables([CacheEntry])

    class MessageServer(Model):
        id = UUIDField(primary_key=True)
        name = TextField()
        source_type = TextField()
        source_id = TextField(null=True)
        metadata = JSONField(null=True)
        created_at = BigIntegerField()
        updated_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "message_servers"

    db.create_tables([MessageServer])

    class Channel(Model):
        id = UUIDField(primary_key=True)
        message_server = ForeignKeyField(MessageServer, on_delete="CASCADE")
        name = TextField()
        type = TextField()
        source_type = TextField(null=True)
        source_id = TextField(null=True)
        topic = TextField(null=True)
        metadata = JSONField(null=True)
        last_seq = BigIntegerField(default=0)
        pair = TextField(unique=True, null=True)
        created_at = BigIntegerField()
        updated_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "channels"

    db.create_tables([Channel])

    class ChannelParticipant(Model):
        channel = ForeignKeyField(Channel, on_delete="CASCADE")
        entity_id = UUIDField(index=True)

        class Meta:
            database = db
            table_name = "channel_participants"
            primary_key = CompositeKey("channel", "entity_id")

    db.create_tables([ChannelParticipant])

    class Component(Model):
        id = UUIDField(primary_key=True)
        entity_id = UUIDField(index=True)
        agent = ForeignKeyField(Agent, on_delete="CASCADE")
        room_id = UUIDField()
        world_id = UUIDField(null=True)
        source_entity_id = UUIDField(null=True)
        type = TextField()
        data = JSONField(default=dict)
        created_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "components"

    db.create_tables([Component])

    class Memory(Model):
        id = UUIDField(primary_key=True)
        type = TextField()
        content = JSONField()
        entity_id = UUIDField(null=True)
        agent = ForeignKeyField(Agent, on_delete="CASCADE")
        room_id = UUIDField(null=True)
        world_id = UUIDField(null=True)
        unique = BooleanField(default=True)
        metadata = JSONField(default=dict)
        created_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "memories"
            indexes = ((("agent", "type", "created_at"), False), (("room_id", "type", "created_at"), False))

    db.create_tables([Memory])

    class Embedding(Model):
        memory = ForeignKeyField(Memory, on_delete="CASCADE")
        model = TextField()
        dimension = IntegerField()
        vector = BlobField()
        created_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "embeddings"
            primary_key = CompositeKey("memory", "model")

    db.create_tables([Embedding])

    class Entity(Model):
        id = UUIDField()
        agent = ForeignKeyField(Agent, on_delete="CASCADE")
        names = JSONField(default=list)
        metadata = JSONField(default=dict)
        created_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "entities"
            primary_key = CompositeKey("id", "agent")

    db.create_tables([Entity])

    class Log(Model):
        id = UUIDField(primary_key=True)
        agent = ForeignKeyField(Agent, on_delete="CASCADE")
        entity_id = UUIDField(null=True)
        room_id = UUIDField(null=True)
        type = TextField()
        body = JSONField(default=dict)
        created_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "logs"
            indexes = ((("agent", "created_at"), False),)

    db.create_tables([Log])

    class Message(Model):
        id = UUIDField(primary_key=True)
        channel = ForeignKeyField(Channel, on_delete="CASCADE", index=False)
        seq = BigIntegerField()
        author_id = UUIDField()
        author_name = TextField(null=True)
        is_agent = BooleanField(default=False)
        content = TextField()
        raw_message = JSONField(null=True)
        in_reply_to_root_message_id = UUIDField(null=True)
        source_type = TextField(null=True)
        source_id = TextField(null=True)
        metadata = JSONField(null=True)
        hop = IntegerField(default=0)
        turn_id = UUIDField(null=True)
        part = IntegerField(default=0)
        submission_key = TextField(null=True)
        fingerprint = TextField(null=True)
        announced = BooleanField(default=False)
        created_at = BigIntegerField()
        updated_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "central_messages"
            indexes = (
                (("channel", "seq"), True),
                (("channel", "author_id", "submission_key"), True),
                (("turn_id", "part"), True),
            )

    db.create_tables([Message])

    class MessageServerAgent(Model):
        message_server = ForeignKeyField(MessageServer, on_delete="CASCADE")
        agent = ForeignKeyField(Agent, on_delete="CASCADE")

        class Meta:
            database = db
            table_name = "message_server_agents"
            primary_key = CompositeKey("message_server", "agent")

    db.create_tables([MessageServerAgent])

    class Room(Model):
        id = UUIDField(primary_key=True)
        agent = ForeignKeyField(Agent, on_delete="CASCADE")
        source = TextField()
        type = TextField()
        name = TextField(null=True)
        channel_id = UUIDField(index=True, null=True)
        message_server_id = UUIDField(null=True)
        world_id = UUIDField(index=True, null=True)
        metadata = JSONField(null=True)
        created_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "rooms"

    db.create_tables([Room])

    class Participant(Model):
        entity_id = UUIDField()
        room = ForeignKeyField(Room, on_delete="CASCADE")
        agent = ForeignKeyField(Agent, on_delete="CASCADE")
        room_state = TextField(null=True)
        created_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "participants"
            primary_key = CompositeKey("entity_id", "room", "agent")

    db.create_tables([Participant])

    class Relationship(Model):
        id = UUIDField(primary_key=True)
        source_entity_id = UUIDField()
        target_entity_id = UUIDField()
        agent = ForeignKeyField(Agent, on_delete="CASCADE")
        tags = JSONField(default=list)
        metadata = JSONField(default=dict)
        created_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "relationships"
            indexes = ((("source_entity_id", "target_entity_id", "agent"), True),)

    db.create_tables([Relationship])

    class Task(Model):
        id = UUIDField(primary_key=True)
        name = TextField()
        description = TextField(null=True)
        room_id = UUIDField(null=True)
        world_id = UUIDField(null=True)
        entity_id = UUIDField(null=True)
        agent = ForeignKeyField(Agent, on_delete="CASCADE")
        tags = JSONField(default=list)
        metadata = JSONField(default=dict)
        created_at = BigIntegerField()
        updated_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "tasks"

    db.create_tables([Task])

    class Turn(Model):
        id = UUIDField(primary_key=True)
        message = ForeignKeyField(Message, on_delete="CASCADE", index=False)
        channel = ForeignKeyField(Channel, on_delete="CASCADE", index=False)
        agent = ForeignKeyField(Agent, on_delete="CASCADE", index=False)
        seq = BigIntegerField()
        hop = IntegerField()
        status = TextField()
        reason = TextField(null=True)
        attempt = IntegerField(default=0)
        owner = TextField(null=True)
        lease_until = BigIntegerField(null=True)
        model = TextField(null=True)
        prompt_tokens = IntegerField(null=True)
        completion_tokens = IntegerField(null=True)
        steps = JSONField(null=True)
        created_at = BigIntegerField()
        started_at = BigIntegerField(null=True)
        ended_at = BigIntegerField(null=True)

        class Meta:
            database = db
            table_name = "turns"
            indexes = ((("message", "agent"), True), (("channel", "seq"), False), (("agent", "created_at"), False))

    db.create_tables([Turn])

    class World(Model):
        id = UUIDField(primary_key=True)
        agent = ForeignKeyField(Agent, on_delete="CASCADE")
        name = TextField()
        metadata = JSONField(null=True)
        message_server_id = UUIDField(null=True)
        created_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "worlds"

    db.create_tables([World])

    db.execute_sql("CREATE INDEX messages_to_announce ON central_messages (created_at) WHERE NOT announced")
    db.execute_sql("CREATE INDEX turns_unfinished ON turns (channel_id, agent_id, seq) WHERE ended_at IS NULL")
