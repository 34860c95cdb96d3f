from collections.abc import Mapping
from uuid import UUID

import pytest

from eliza.ids import to_uuid
from eliza.runtime.attention import Heard, decide, named_in
from eliza.runtime.turn import Place, Said
from tests.runtime import make

ELIZA = to_uuid("Eliza")
GROUP = make.place("GROUP", agents=("Eliza", "Bob"))
CAST = (make.person("Ada"), make.person("Eliza", is_agent=True), make.person("Bob", is_agent=True))


def verdict(
    message: Said,
    *,
    where: Place = GROUP,
    recent: tuple[Said, ...] = (),
    settings: Mapping[str, object] | None = None,
) -> str:
    character = make.character(username="doctor", settings=settings or {})
    return decide(Heard(ELIZA, character, where, message, (*recent, message), CAST)).verdict


def earlier(by: str, *, is_agent: bool) -> Said:
    return make.said("Before.", by=by, is_agent=is_agent, seq=1)


def reply_to(message: Said, *, text: str = "And then?") -> Said:
    return make.said(text, seq=2, reply_to=message.id)


BY_ELIZA = earlier("Eliza", is_agent=True)
BY_BOB = earlier("Bob", is_agent=True)
BY_CARL = earlier("Carl", is_agent=False)


@pytest.mark.parametrize("type_", ["DM", "VOICE_DM", "SELF", "API", "dm"])
def test_whatever_is_said_in_private_is_said_to_the_agent(type_: str) -> None:
    assert verdict(make.said("Hello."), where=make.place(type_)) == "respond"


def test_an_agent_does_not_answer_itself() -> None:
    assert verdict(make.said("Eliza?", by="Eliza", is_agent=True), where=make.place("DM")) == "ignore"


@pytest.mark.parametrize(
    "text",
    ["Eliza, are you there?", "hey ELIZA", "@Eliza hello", "what does the doctor say?", "is it Eliza's turn?"],
)
def test_an_agent_that_is_called_by_name_answers(text: str) -> None:
    assert verdict(make.said(text)) == "respond"


@pytest.mark.parametrize("text", ["Elizabeth came.", "mail eliza@home.org or ada@eliza.org", "doctoring", "Hello all."])
def test_a_name_inside_another_word_calls_nobody(text: str) -> None:
    assert verdict(make.said(text)) == "open"


def test_a_message_for_another_agent_is_left_to_it() -> None:
    assert verdict(make.said("Bob, what time is it?")) == "ignore"


def test_a_message_for_both_is_for_both() -> None:
    assert verdict(make.said("Bob and Eliza, hello!")) == "respond"


@pytest.mark.parametrize(
    ("replied", "expected"),
    [(BY_ELIZA, "respond"), (BY_BOB, "ignore"), (BY_CARL, "open")],
    ids=["to me", "to another agent", "to a person"],
)
def test_a_reply_is_for_whom_it_answers(replied: Said, expected: str) -> None:
    assert verdict(reply_to(replied), recent=(replied,)) == expected


def test_calling_one_agent_in_a_reply_to_another_is_for_both() -> None:
    assert verdict(reply_to(BY_ELIZA, text="Bob agrees."), recent=(BY_ELIZA,)) == "respond"


@pytest.mark.parametrize("muted", [True, [str(ELIZA)], [ELIZA]], ids=["everyone", "by id", "by uuid"])
@pytest.mark.parametrize("type_", ["GROUP", "DM"])
def test_a_muted_agent_stays_silent_until_it_is_called(type_: str, muted: object) -> None:
    where = make.place(type_, agents=("Eliza", "Bob"), muted=muted)

    assert verdict(make.said("Hello."), where=where) == "ignore"
    assert verdict(make.said("Eliza, hello."), where=where) == "respond"


def test_muting_another_agent_mutes_only_that_one() -> None:
    assert verdict(make.said("Hello."), where=make.place("DM", muted=[str(to_uuid("Bob"))])) == "respond"


@pytest.mark.parametrize("setting", ["ALWAYS_RESPOND_CHANNELS", "SHOULD_RESPOND_BYPASS_TYPES"])
@pytest.mark.parametrize("value", ["GROUP", "feed, group", '["GROUP"]', ["GROUP"]])
def test_the_character_can_choose_channels_to_always_answer_in(setting: str, value: object) -> None:
    assert verdict(make.said("Hello."), settings={setting: value}) == "respond"
    assert verdict(make.said("Hello.", by="Bob", is_agent=True), settings={setting: value}) == "respond"


@pytest.mark.parametrize("setting", ["ALWAYS_RESPOND_SOURCES", "SHOULD_RESPOND_BYPASS_SOURCES"])
def test_the_character_can_choose_sources_to_always_answer(setting: str) -> None:
    assert verdict(make.said("Hello.", source="discord"), settings={setting: "telegram,discord"}) == "respond"
    assert verdict(make.said("Hello.", source="disc"), settings={setting: "telegram,discord"}) == "open"


def test_settings_of_other_kinds_choose_nothing() -> None:
    assert verdict(make.said("Hello."), settings={"ALWAYS_RESPOND_CHANNELS": True}) == "open"


@pytest.mark.parametrize(
    ("source", "expected"), [("client_chat", "respond"), ("my_client_chat_bot", "open"), ("", "open")]
)
def test_only_the_chat_itself_counts_as_the_chat(source: str, expected: str) -> None:
    assert verdict(make.said("Hello.", source=source)) == expected


def test_the_only_agent_in_a_room_answers_people() -> None:
    assert verdict(make.said("Hello."), where=make.place("GROUP", agents=("Eliza",))) == "respond"


@pytest.mark.parametrize("source", ["", "client_chat"])
def test_agents_do_not_chatter_unaddressed(source: str) -> None:
    assert verdict(make.said("Hello.", by="Bob", is_agent=True, source=source)) == "ignore"


def test_agents_may_call_each_other() -> None:
    assert verdict(make.said("Eliza, your turn.", by="Bob", is_agent=True)) == "respond"


def test_every_decision_has_a_reason() -> None:
    heard = Heard(ELIZA, make.character(), GROUP, make.said("Bob?"), (), CAST)

    assert decide(heard).reason == "another agent was called by name"


ADA, ADA_TWO, XIAO_AI, EMOJI, SAME = (UUID(int=number) for number in range(1, 6))
NAMES = {
    ADA: ["Ada"],
    ADA_TWO: ["Ada Two"],
    XIAO_AI: ["小爱", "Éloïse"],
    EMOJI: ["C++ (bot)"],
    SAME: ["ada"],
}


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("Ada Two, hello", {ADA_TWO}),
        ("@Ada Two hello", {ADA_TWO}),
        ("@AdaTwo hello", {ADA_TWO}),
        ("@ada_two: hello", {ADA_TWO}),
        ("AdaTwo hello", set()),
        ("ada   two?", {ADA_TWO}),
        ("Ada! Ada Two!", {ADA, ADA_TWO, SAME}),
        ("小爱你好", {XIAO_AI}),
        ("你好@小爱", {XIAO_AI}),
        ("ÉLOÏSE?", {XIAO_AI}),
        ("E\u0301loi\u0308se?", {XIAO_AI}),
        ("ask C++ (bot) now", {EMOJI}),
        ("Adam and Nevada", set()),
        ("", set()),
    ],
)
def test_names_are_words(text: str, called: set[UUID]) -> None:
    assert named_in(text, NAMES) == called


def test_nobody_is_called_where_nobody_has_a_name() -> None:
    assert named_in("Hello", {}) == named_in("Hello", {ADA: ["", " "]}) == frozenset()


def test_what_is_too_long_for_a_name_calls_nobody() -> None:
    assert named_in("N" * 300, {ADA: ["N" * 300]}) == frozenset()
    assert named_in("N" * 200, {ADA: ["N" * 200]}) == {ADA}
