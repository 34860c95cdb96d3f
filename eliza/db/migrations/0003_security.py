"""People, keys and logins; the audit log, approvals and spending; who sent or shows a file, and who made a channel."""

from peewee import (
    BigAutoField,
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

_SQLITE_GUARDS = tuple(
    f"CREATE TRIGGER audit_log_no_{change.lower()} BEFORE {change} ON audit_log "
    "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
    for change in ("UPDATE", "DELETE")
)
_POSTGRES_GUARDS = (
    "CREATE FUNCTION audit_log_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$",
    "CREATE TRIGGER audit_log_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log "
    "EXECUTE FUNCTION audit_log_is_append_only()",
)


def up(migrator, db):
    is_postgres = isinstance(db, PostgresqlDatabase)
    uuid = "UUID" if is_postgres else "TEXT"
    db.execute_sql(f"ALTER TABLE uploads ADD COLUMN sender_id {uuid}")
    db.execute_sql(f"ALTER TABLE channels ADD COLUMN creator_id {uuid}")
    db.execute_sql(f"ALTER TABLE turns ADD COLUMN person_id {uuid}")
    db.execute_sql("ALTER TABLE turns ADD COLUMN counted_on TEXT")

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

    class Turn(Model):
        id = UUIDField(primary_key=True)

        class Meta:
            database = db
            table_name = "turns"

    class Message(Model):
        id = UUIDField(primary_key=True)

        class Meta:
            database = db
            table_name = "central_messages"

    class GeneratedUse(Model):
        agent_id = UUIDField()
        name = TextField()
        message = ForeignKeyField(Message, on_delete="CASCADE")

        class Meta:
            database = db
            table_name = "generated_uses"
            primary_key = CompositeKey("agent_id", "name", "message")

    class Person(Model):
        id = UUIDField(primary_key=True)
        subject = TextField(unique=True)
        email = TextField(null=True, unique=True)
        username = TextField()
        password_hash = TextField(null=True)
        role = TextField()
        is_disabled = BooleanField(default=False)
        valid_from = BigIntegerField()
        created_at = BigIntegerField()
        updated_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "people"

    class ApiKey(Model):
        id = UUIDField(primary_key=True)
        name = TextField()
        hash = TextField(unique=True)
        role = TextField()
        scopes = JSONField(null=True)
        person = ForeignKeyField(Person, null=True, on_delete="CASCADE")
        entity_id = UUIDField(null=True)
        created_by = TextField()
        created_at = BigIntegerField()
        expires_at = BigIntegerField(null=True)
        last_used_at = BigIntegerField(null=True)
        revoked_at = BigIntegerField(null=True)

        class Meta:
            database = db
            table_name = "api_keys"

    class Login(Model):
        id = UUIDField(primary_key=True)
        hash = TextField(unique=True)
        credential = TextField(index=True)
        created_at = BigIntegerField()
        expires_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "logins"

    class AuditEntry(Model):
        seq = BigAutoField()
        actor = TextField()
        credential = TextField()
        entity_id = UUIDField(null=True)
        address = TextField(null=True)
        action = TextField()
        target = TextField(null=True)
        details = JSONField(default=dict)
        created_at = BigIntegerField()

        class Meta:
            database = db
            table_name = "audit_log"
            indexes = ((("created_at",), False),)

    class KeyCheck(Model):
        id = IntegerField(primary_key=True)
        fingerprint = TextField()

        class Meta:
            database = db
            table_name = "key_check"

    class Approval(Model):
        id = UUIDField(primary_key=True)
        turn = ForeignKeyField(Turn, on_delete="CASCADE", index=False)
        step = IntegerField()
        agent = ForeignKeyField(Agent, on_delete="CASCADE")
        channel = ForeignKeyField(Channel, on_delete="CASCADE", index=False)
        action = TextField()
        risk = TextField()
        summary = TextField()
        status = TextField()
        otherwise = TextField()
        state = JSONField(null=True)
        deadline = BigIntegerField()
        decided_by = UUIDField(null=True)
        decided_by_name = TextField(null=True)
        created_at = BigIntegerField()
        decided_at = BigIntegerField(null=True)

        class Meta:
            database = db
            table_name = "approvals"
            indexes = (
                (("turn", "step"), True),
                (("channel", "created_at"), False),
                (("status", "deadline"), False),
            )

    class Spending(Model):
        day = TextField()
        kind = TextField()
        subject_id = UUIDField()
        turns = IntegerField(default=0)
        tokens = BigIntegerField(default=0)
        micros = BigIntegerField(default=0)

        class Meta:
            database = db
            table_name = "spending"
            primary_key = CompositeKey("day", "kind", "subject_id")

    db.create_tables([GeneratedUse, Person, ApiKey, Login, AuditEntry, KeyCheck, Approval, Spending])
    for statement in _POSTGRES_GUARDS if is_postgres else _SQLITE_GUARDS:
        db.execute_sql(statement)
