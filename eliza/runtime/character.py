"""Character: who an agent is, as its author wrote it down.

The shapes that circulate differ by age; what is understood is brought to one form, what is not is kept and given back.
"""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from uuid import UUID

from eliza.ids import DEFAULT_MESSAGE_SERVER, NOBODY, is_uuid, to_uuid
from eliza.runtime import written
from eliza.runtime.written import InvalidCharacter, KnowledgeItem

LONGEST_NAME = 200

_KNOWN = frozenset(
    {"id", "name", "username", "system", "bio", "templates", "messageExamples", "postExamples", "topics", "adjectives"}
    | {"knowledge", "plugins", "settings", "secrets", "style"}
)
_UNDERSTOOD = frozenset({"lore"})
"""Keys of older generations that are kept as they were written, and mean something all the same."""
_TAKEN = frozenset({NOBODY, DEFAULT_MESSAGE_SERVER})
_MYSELF = frozenset({"{{char}}", "{{agent}}", "{{agentname}}", "{{name}}", "{{assistant}}", "assistant"})


@dataclass(frozen=True, slots=True)
class ExampleLine:
    """One line of an example conversation. ``content`` has the names of elizaOS's Content."""

    name: str
    content: Mapping[str, object]

    @property
    def text(self) -> str:
        text = self.content.get("text")
        return text if isinstance(text, str) else ""


Bio = str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Character:
    """Everything its author said of an agent. ``extra`` holds the keys we have no use for, as they were."""

    id: UUID
    name: str
    bio: Bio
    username: str | None = None
    system: str | None = None
    templates: Mapping[str, str] = field(default_factory=dict)
    message_examples: tuple[tuple[ExampleLine, ...], ...] = ()
    post_examples: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    adjectives: tuple[str, ...] = ()
    knowledge: tuple[KnowledgeItem, ...] = ()
    plugins: tuple[str, ...] = ()
    settings: Mapping[str, object] = field(default_factory=dict)
    secrets: Mapping[str, str | bool | int | float] = field(default_factory=dict, repr=False)
    style: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    extra: Mapping[str, object] = field(default_factory=dict)

    @classmethod
    def parse(cls, raw: Mapping[str, object]) -> "Character":
        """The character written in ``raw``; raises ``InvalidCharacter``. A null counts as absent."""
        if not isinstance(raw, Mapping):
            raise InvalidCharacter("definition", "must be a JSON object")
        given = {key: deepcopy(value) for key, value in raw.items() if value is not None}
        name = _name(given)
        return cls(
            id=_id(given.get("id"), name),
            name=name,
            bio=_bio(given),
            username=written.optional(given, "username", written.text),
            system=written.optional(given, "system", written.text),
            templates=written.optional(given, "templates", written.text_map) or {},
            message_examples=written.optional(given, "messageExamples", _examples) or (),
            post_examples=written.optional(given, "postExamples", written.texts) or (),
            topics=written.optional(given, "topics", written.texts) or (),
            adjectives=written.optional(given, "adjectives", written.texts) or (),
            knowledge=written.optional(given, "knowledge", written.knowledge) or (),
            plugins=written.optional(given, "plugins", written.texts) or (),
            settings=written.optional(given, "settings", written.mapping) or {},
            secrets=written.optional(given, "secrets", written.secrets) or {},
            style=written.optional(given, "style", written.style) or {},
            extra={key: value for key, value in given.items() if key not in _KNOWN},
        )

    def require_acceptable(self) -> None:
        """Raises ``InvalidCharacter`` for an id or a name that no agent may take; ``parse`` still reads such ones."""
        if self.id in _TAKEN:
            raise InvalidCharacter("id", "is one that no agent can have")
        for key, name in (("name", self.name), ("username", self.username or "")):
            if len(name) > LONGEST_NAME:
                raise InvalidCharacter(key, f"must have at most {LONGEST_NAME} characters")

    @property
    def unknown_keys(self) -> tuple[str, ...]:
        return tuple(key for key in self.extra if key not in _UNDERSTOOD)

    @property
    def bio_lines(self) -> tuple[str, ...]:
        """The bio as lines, whichever way it was given."""
        return (self.bio,) if isinstance(self.bio, str) else self.bio

    @property
    def lore(self) -> tuple[str, ...]:
        """The part of who they are that characters of the first generation keep beside the bio."""
        lore = self.extra.get("lore")
        lines = lore if isinstance(lore, list | tuple) else (lore,)
        return tuple(line for line in lines if isinstance(line, str))

    @property
    def names(self) -> tuple[str, ...]:
        """What people may call the agent."""
        return (self.name, self.username) if self.username else (self.name,)

    def setting(self, key: str) -> object | None:
        """The setting of that name, else the secret of that name, wherever the author put it."""
        nested = self.settings.get("secrets")
        places: tuple[Mapping[str, object], ...] = (
            self.settings,
            self.secrets,
            nested if isinstance(nested, Mapping) else {},
        )
        return next((place[key] for place in places if key in place), None)

    def is_voice_of(self, line: ExampleLine) -> bool:
        """True when the example line is spoken by the character itself."""
        speaker = line.name.strip().casefold()
        return speaker in _MYSELF or speaker in {name.casefold() for name in self.names}

    def to_json(self) -> dict[str, object]:
        """The character under elizaOS's names, secrets included; ``parse`` makes an equal one of it."""
        known: dict[str, object] = {
            "id": str(self.id),
            "name": self.name,
            "username": self.username,
            "system": self.system,
            "bio": self.bio if isinstance(self.bio, str) else list(self.bio),
            "templates": dict(self.templates),
            "messageExamples": [[_example_json(line) for line in example] for example in self.message_examples],
            "postExamples": list(self.post_examples),
            "topics": list(self.topics),
            "adjectives": list(self.adjectives),
            "knowledge": list(self.knowledge),
            "plugins": list(self.plugins),
            "settings": dict(self.settings),
            "secrets": dict(self.secrets),
            "style": {kind: list(lines) for kind, lines in self.style.items()},
        }
        said = {key: value for key, value in known.items() if value or key in {"name", "bio"}}
        return deepcopy({**self.extra, **said})


def _name(given: Mapping[str, object]) -> str:
    if "name" not in given:
        raise InvalidCharacter("name", "is missing")
    name = written.text("name", given["name"]).strip()
    if not name:
        raise InvalidCharacter("name", "must not be empty")
    return name


def _id(value: object, name: str) -> UUID:
    if value is None or value == "":
        return to_uuid(name)
    if not isinstance(value, str) or not is_uuid(value):
        raise InvalidCharacter("id", "must be a UUID")
    return UUID(value)


def _bio(given: Mapping[str, object]) -> Bio:
    bio = given.get("bio")
    if bio is not None:
        return bio if isinstance(bio, str) else written.texts("bio", bio)
    if given.get("lore") or given.get("system"):
        return ()  # There is enough to be somebody by.
    raise InvalidCharacter("bio", "is missing")


def _examples(key: str, value: object) -> tuple[tuple[ExampleLine, ...], ...]:
    conversations = [item for item in written.items(key, value) if item is not None]
    # Some authors write their one conversation without the list around it.
    if conversations and all(isinstance(item, Mapping) and "content" in item for item in conversations):
        return (tuple(_example_line(f"{key}[{index}]", line) for index, line in enumerate(conversations)),)
    return tuple(_example(f"{key}[{index}]", item) for index, item in enumerate(conversations))


def _example(key: str, value: object) -> tuple[ExampleLine, ...]:
    # Later characters wrap each conversation: {"examples": [...]}.
    lines = value.get("examples") if isinstance(value, Mapping) else value
    return tuple(_example_line(f"{key}[{index}]", item) for index, item in enumerate(written.items(key, lines)))


def _example_line(key: str, value: object) -> ExampleLine:
    line = written.mapping(key, value)
    # Characters of the first generation say "user" where later ones say "name".
    speaker = line.get("name") or line.get("user")
    if speaker is None:
        raise InvalidCharacter(f"{key}.name", "is missing")
    content = line.get("content") or {}
    return ExampleLine(
        name=written.text(f"{key}.name", speaker),
        content={"text": content} if isinstance(content, str) else written.mapping(f"{key}.content", content),
    )


def _example_json(line: ExampleLine) -> dict[str, object]:
    return {"name": line.name, "content": dict(line.content)}
