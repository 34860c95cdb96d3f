"""Ids: what elizaOS derives from text, checked against values it gave out."""

from uuid import UUID

import pytest

from eliza.ids import is_uuid, new_id, to_uuid, unique_to

ALPHA = UUID("58061aa5-4439-0a79-8e33-181a443b15b7")
CHANNEL = "c098b052-1e01-44d6-806b-08d029f8622f"


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Alpha", ALPHA), ("Zed", UUID("5be22d4f-cc34-027b-9943-09195f451808"))],
    ids=["Alpha", "Zed"],
)
def test_a_name_has_the_id_that_elizaos_gives_it(name: str, expected: UUID) -> None:
    assert to_uuid(name) == expected


def test_an_agent_knows_a_channel_under_the_id_that_elizaos_gives_it() -> None:
    assert unique_to(ALPHA, CHANNEL) == UUID("da19cd3b-7556-05d4-b9d6-882bfe61f715")
    assert unique_to(ALPHA, UUID(CHANNEL)) == unique_to(ALPHA, CHANNEL)


def test_an_agent_knows_itself_under_its_own_id() -> None:
    assert unique_to(ALPHA, ALPHA) == ALPHA


def test_a_text_that_is_an_id_stands_for_itself_in_either_case() -> None:
    assert to_uuid(CHANNEL) == UUID(CHANNEL)
    assert to_uuid(CHANNEL.upper()) == UUID(CHANNEL)


@pytest.mark.parametrize("name", ["Ä b/c", "it's (me)!*~", "日本", "a+b&c=d", ""])
def test_a_derived_id_is_stable_and_marked_as_derived(name: str) -> None:
    derived = to_uuid(name)

    assert derived == to_uuid(name)
    assert derived.bytes[6] >> 4 == 0
    assert derived.bytes[8] >> 6 == 0b10


def test_characters_that_javascript_leaves_alone_are_not_escaped() -> None:
    # SHA-1 of "a-b_c.d!e~f*g'h(i)j" as it stands; escaping any of them would give another id.
    assert to_uuid("a-b_c.d!e~f*g'h(i)j") == UUID("cd8893e0-2e9e-0c5c-80e3-e5d319e6fb2d")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (CHANNEL, True),
        (CHANNEL.upper(), True),
        ("00000000-0000-0000-0000-000000000000", True),
        (CHANNEL.replace("-", ""), False),
        (f"{{{CHANNEL}}}", False),
        (f"{CHANNEL}\n", False),
        (f" {CHANNEL}", False),
        ("g" + CHANNEL[1:], False),
        ("", False),
    ],
)
def test_an_id_is_told_by_its_form_alone(text: str, expected: bool) -> None:
    assert is_uuid(text) is expected


def test_new_ids_differ() -> None:
    assert new_id() != new_id()
