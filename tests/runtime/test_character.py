import json
from uuid import UUID

import pytest

from eliza.errors import InvalidInput
from eliza.ids import to_uuid
from eliza.runtime.character import Character, ExampleLine
from eliza.runtime.written import InvalidCharacter

FULL: dict[str, object] = {
    "id": "b850bc30-45f8-0041-a00a-83df46d8555d",
    "name": "Ada",
    "username": "countess",
    "system": "You are {{agentName}}.",
    "bio": ["Writes programs.", "Loves engines."],
    "templates": {"messageHandlerTemplate": "Say {{message}}"},
    "messageExamples": [[{"name": "{{user1}}", "content": {"text": "Hi"}}, {"name": "Ada", "content": {"text": "Ho"}}]],
    "postExamples": ["A thought."],
    "topics": ["engines"],
    "adjectives": ["exact"],
    "knowledge": ["Engines weave.", {"path": "notes.md", "shared": True}, {"directory": "books"}],
    "plugins": ["@elizaos/plugin-bootstrap"],
    "settings": {"model": "small", "voice": {"pitch": 2}, "list": [1, 2], "on": True},
    "secrets": {"KEY": "k", "RETRIES": 3, "DEBUG": False},
    "style": {"all": ["brief"], "chat": ["warm"], "post": []},
}


def test_a_full_character_comes_back_as_it_was_given() -> None:
    assert Character.parse(FULL).to_json() == FULL


def test_what_is_written_is_read_as_the_same_character() -> None:
    written = Character.parse({**FULL, "lore": ["old"], "vendor": {"x": 1}})

    assert Character.parse(json.loads(json.dumps(written.to_json()))) == written


def test_a_name_and_a_bio_are_enough() -> None:
    character = Character.parse({"name": "Ada", "bio": "Writes programs."})

    assert (character.id, character.bio, character.bio_lines) == (
        to_uuid("Ada"),
        "Writes programs.",
        ("Writes programs.",),
    )
    assert character.to_json() == {"id": str(to_uuid("Ada")), "name": "Ada", "bio": "Writes programs."}


def test_unknown_keys_are_kept_named_and_given_back() -> None:
    old = {"name": "Ada", "bio": "b", "lore": ["l"], "clients": ["discord"], "modelProvider": "openai"}

    character = Character.parse(old)

    assert character.unknown_keys == ("clients", "modelProvider")
    assert character.to_json() == {**old, "id": str(to_uuid("Ada"))}


@pytest.mark.parametrize(
    ("lore", "lines"),
    [(["l", "m"], ("l", "m")), ("l", ("l",)), (["l", None, 7], ("l",)), ({"l": 1}, ())],
    ids=["list", "text", "with gaps", "something else"],
)
def test_lore_is_understood_and_kept_as_it_was(lore: object, lines: tuple[str, ...]) -> None:
    character = Character.parse({"name": "Ada", "bio": "b", "lore": lore})

    assert (character.lore, character.to_json()["lore"], character.unknown_keys) == (lines, lore, ())


@pytest.mark.parametrize("rest", [{"lore": ["l"]}, {"system": "s"}], ids=["lore", "system"])
def test_a_bio_may_be_missing_where_something_else_tells_who_they_are(rest: dict[str, object]) -> None:
    character = Character.parse({"name": "Ada", **rest})

    assert (character.bio_lines, Character.parse(character.to_json())) == ((), character)


@pytest.mark.parametrize(
    ("sloppy", "neat"),
    [
        ({"bio": ["b", 7, None]}, {"bio": ["b", "7"]}),
        ({"topics": "engines"}, {"topics": ["engines"]}),
        ({"topics": [1843, 0.5]}, {"topics": ["1843", "0.5"]}),
        ({"style": "brief"}, {"style": {"all": ["brief"]}}),
        ({"style": ["brief"]}, {"style": {"all": ["brief"]}}),
        ({"style": {"all": "brief", "chat": None}}, {"style": {"all": ["brief"]}}),
        ({"knowledge": "Engines weave."}, {"knowledge": ["Engines weave."]}),
        ({"knowledge": {"documents": [], "chunks": []}}, {"knowledge": [{"documents": [], "chunks": []}]}),
        ({"id": ""}, {}),
        ({"messageExamples": [None]}, {}),
    ],
    ids=lambda value: ",".join(value) if isinstance(value, dict) else "",
)
def test_what_can_be_meant_in_one_way_only_is_read_in_that_way(
    sloppy: dict[str, object], neat: dict[str, object]
) -> None:
    assert Character.parse({"name": "Ada", "bio": "b", **sloppy}) == Character.parse(
        {"name": "Ada", "bio": "b", **neat}
    )


def test_a_null_counts_as_absent() -> None:
    assert Character.parse({"name": "Ada", "bio": "b", "system": None, "topics": None}) == Character.parse(
        {"name": "Ada", "bio": "b"}
    )


@pytest.mark.parametrize(
    "examples",
    [
        [[{"user": "{{user1}}", "content": {"text": "Hi"}}]],
        [[{"name": "{{user1}}", "content": {"text": "Hi"}}]],
        [[{"name": "{{user1}}", "content": "Hi"}]],
        [{"examples": [{"name": "{{user1}}", "content": {"text": "Hi"}}]}],
        [{"user": "{{user1}}", "content": {"text": "Hi"}}],
    ],
    ids=["user for name", "name", "content as text", "wrapped", "one conversation"],
)
def test_examples_of_every_age_read_the_same(examples: object) -> None:
    character = Character.parse({"name": "Ada", "bio": "b", "messageExamples": examples})

    assert character.message_examples == ((ExampleLine("{{user1}}", {"text": "Hi"}),),)
    assert character.message_examples[0][0].text == "Hi"


@pytest.mark.parametrize("speaker", ["Ada", "ADA", "countess", "{{char}}", "{{agentName}}", "assistant"])
def test_the_characters_own_lines_are_known(speaker: str) -> None:
    assert Character.parse(FULL).is_voice_of(ExampleLine(speaker, {}))


def test_another_persons_line_is_not_the_characters() -> None:
    assert not Character.parse(FULL).is_voice_of(ExampleLine("{{user1}}", {}))


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        ({"bio": "b"}, "name"),
        ({"name": "  ", "bio": "b"}, "name"),
        ({"name": 7, "bio": "b"}, "name"),
        ({"name": "Ada"}, "bio"),
        ({"name": "Ada", "bio": ["b", ["c"]]}, "bio[1]"),
        ({"name": "Ada", "bio": 7}, "bio"),
        ({"name": "Ada", "bio": {"a": 1}}, "bio"),
        ({"name": "Ada", "bio": "b", "id": "seven"}, "id"),
        ({"name": "Ada", "bio": "b", "id": 7}, "id"),
        ({"name": "Ada", "bio": "b", "topics": {"engines": True}}, "topics"),
        ({"name": "Ada", "bio": "b", "topics": [True]}, "topics[0]"),
        ({"name": "Ada", "bio": "b", "plugins": [{}]}, "plugins[0]"),
        ({"name": "Ada", "bio": "b", "settings": []}, "settings"),
        ({"name": "Ada", "bio": "b", "secrets": {"KEY": ["k"]}}, "secrets.KEY"),
        ({"name": "Ada", "bio": "b", "style": {"all": {"brief": 1}}}, "style.all"),
        ({"name": "Ada", "bio": "b", "templates": {"replyTemplate": 1}}, "templates.replyTemplate"),
        ({"name": "Ada", "bio": "b", "messageExamples": [[{"content": {}}]]}, "messageExamples[0][0].name"),
        ({"name": "Ada", "bio": "b", "messageExamples": ["hi"]}, "messageExamples[0]"),
        ({"name": "Ada", "bio": "b", "knowledge": [1]}, "knowledge[0]"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_used_is_refused_by_name(raw: dict[str, object], key: str) -> None:
    with pytest.raises(InvalidCharacter) as refusal:
        Character.parse(raw)

    assert isinstance(refusal.value, InvalidInput)
    assert refusal.value.details == {"key": key}
    assert key in refusal.value.message


def test_a_list_is_not_a_character() -> None:
    with pytest.raises(InvalidCharacter):
        Character.parse([])  # type: ignore[arg-type]  # This is what a client may send.


@pytest.mark.parametrize(
    "raw",
    [{"settings": {"KEY": "k"}}, {"secrets": {"KEY": "k"}}, {"settings": {"secrets": {"KEY": "k"}}}],
    ids=["setting", "secret", "secret among settings"],
)
def test_a_setting_is_found_wherever_the_author_put_it(raw: dict[str, object]) -> None:
    assert Character.parse({"name": "Ada", "bio": "b", **raw}).setting("KEY") == "k"


def test_a_setting_that_is_nowhere_is_none() -> None:
    assert Character.parse(FULL).setting("ABSENT") is None


def test_secrets_do_not_show_when_a_character_is_printed() -> None:
    assert "hush" not in repr(Character.parse({"name": "Ada", "bio": "b", "secrets": {"KEY": "hush"}}))


def test_a_character_does_not_change_with_the_text_it_was_read_from() -> None:
    raw: dict[str, object] = {"name": "Ada", "bio": "b", "settings": {"voice": {"pitch": 2}}}
    character = Character.parse(raw)
    raw["settings"]["voice"]["pitch"] = 3  # type: ignore[index]  # The test knows what it put there.

    assert character.settings == {"voice": {"pitch": 2}}


def test_an_id_may_be_any_hex_digits_in_the_form_of_a_uuid() -> None:
    raw = {"name": "Ada", "bio": "b", "id": "AAAAAAAA-1111-0000-0000-FFFFFFFFFFFF"}

    assert Character.parse(raw).id == UUID("aaaaaaaa-1111-0000-0000-ffffffffffff")
