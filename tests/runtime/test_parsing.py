from itertools import pairwise

import pytest

from eliza.runtime.parsing import Plan, Verdict, continued, plan, preview, verdict

WHOLE = """<response>
  <thought>She greets me.</thought>
  <actions>REPLY, FOLLOW_ROOM</actions>
  <providers>TIME</providers>
  <text>Hello, Ada!</text>
</response>"""

READ = Plan("She greets me.", ("REPLY", "FOLLOW_ROOM"), ("TIME",), "Hello, Ada!")


@pytest.mark.parametrize(
    "answer",
    [
        WHOLE,
        WHOLE.replace("<response>", "").replace("</response>", ""),
        f"```xml\n{WHOLE}\n```",
        f"Sure, here it is:\n{WHOLE}\nAnything else?",
        f"<think>Should I use <text>this</text>?</think>\n{WHOLE}",
        WHOLE.upper().replace("SHE GREETS ME.", "She greets me.").replace("HELLO, ADA!", "Hello, Ada!"),
        WHOLE.replace("<text>", '<text lang="en">'),
        WHOLE.replace("Hello, Ada!", "<![CDATA[Hello, Ada!]]>"),
        WHOLE.replace("Hello, Ada!", "Hello&#44; Ada&#x21;"),
        WHOLE.replace("REPLY, FOLLOW_ROOM", "<action>REPLY</action>\n<action>FOLLOW_ROOM</action>"),
        WHOLE.replace("REPLY, FOLLOW_ROOM", '["REPLY", "FOLLOW_ROOM"]'),
        WHOLE.replace("REPLY, FOLLOW_ROOM", "REPLY,, FOLLOW_ROOM, REPLY"),
        WHOLE.replace("</thought>", ""),
        WHOLE + WHOLE.replace("Hello, Ada!", "Again!"),
    ],
    ids=[
        "as asked for",
        "no wrapper",
        "fenced",
        "talk around it",
        "reasoning before it",
        "capitals",
        "attributes",
        "cdata",
        "numeric entities",
        "nested actions",
        "actions as json",
        "actions twice",
        "thought not closed",
        "answered twice",
    ],
)
def test_a_plan_is_read_however_it_is_dressed(answer: str) -> None:
    assert plan(answer) == READ


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("<text>a &lt; b &amp;&amp; c</text>", "a < b && c"),
        ("<text>&amp;lt;</text>", "&lt;"),
        ("<text>see ?a=1&copy=2</text>", "see ?a=1&copy=2"),
        ("<text>if a < b: <b>bold</b></text>", "if a < b: <b>bold</b>"),
        ("<text><![CDATA[</text> &amp;]]> &amp; more</text>", "</text> &amp; & more"),
        ("<text>\n  two\n  lines\n</text>", "two\n  lines"),
        ("<text/>", ""),
        ("<text></text>", ""),
        ("<thought>I write <text> last</thought><text>Hi</text>", "Hi"),
    ],
)
def test_the_text_is_what_a_person_is_meant_to_read(answer: str, text: str) -> None:
    assert plan(answer).text == text


@pytest.mark.parametrize("answer", ["Hello, Ada!", "  Hello, Ada!\n", "<response>Hello, Ada!</response>"])
def test_an_answer_without_form_is_the_reply(answer: str) -> None:
    assert plan(answer) == Plan(actions=("REPLY",), text="Hello, Ada!")


@pytest.mark.parametrize(
    "answer", ["", " \n", "<response></response>", "<think>Hm, what", "<thought>Hm.</thought>", "<text> </text>"]
)
def test_an_answer_that_says_nothing_cannot_be_used(answer: str) -> None:
    assert not plan(answer).usable


@pytest.mark.parametrize(
    ("answer", "text", "complete"),
    [
        ("<response><thought>Hm.</thought><text>Hello, A", "Hello, A", False),
        ("<response><thought>Hm.</thought><text>Hello.</response>", "Hello.", True),
        ("<response><thought>Hm.</thought><actions>REP", "", False),
        ("<text>Hello.</text>", "Hello.", True),
    ],
    ids=["in the text", "text not closed", "before the text", "wrapper not closed"],
)
def test_an_answer_that_breaks_off_is_known_to(answer: str, text: str, complete: bool) -> None:
    assert (plan(answer).text, plan(answer).complete) == (text, complete)


TRICKY = [
    WHOLE,
    "<response><text>a &lt; b &amp; c &#8212; d</text><actions>REPLY</actions></response>",
    "<response><text><![CDATA[x ]] > </text> y]]> tail &gt;</text></response>",
    "<text>if a < b and c > d: <b>bold</b></text>",
    "<think>or <text>not</text></think><thought><text></thought><text>  spaced  out  </text>",
    "<response><text>never closed, AT&T",
    "Hello, just words.",
]


@pytest.mark.parametrize("answer", TRICKY)
def test_the_preview_grows_into_the_reply_and_never_takes_a_word_back(answer: str) -> None:
    shown = [preview(answer[:end]) for end in range(len(answer) + 1)]

    assert all(later.startswith(earlier) for earlier, later in pairwise(shown))
    assert plan(answer).text.startswith(shown[-1])


def test_the_preview_shows_no_markup() -> None:
    answer = "<response><thought>t</thought><text>Hello &amp; <![CDATA[good]]> day</text><actions>REPLY</actions>"

    shown = "".join(preview(answer[:end]) for end in range(len(answer) + 1))

    assert not set(shown) & set("<>[]")
    assert not any(word in shown for word in ("amp", "CDATA", "REPLY"))


def test_the_preview_shows_words_while_they_come() -> None:
    assert preview("<response><text>Hello, Ada and") == "Hello, Ada and"


@pytest.mark.parametrize(
    ("rest", "text"),
    [
        ("lo, Ada!</text></response>", "Hello, Ada!"),
        ("<response><text>Hi, Ada!</text></response>", "Hi, Ada!"),
        ("```xml\n<response><text>Hi, Ada!</text></response>\n```", "Hi, Ada!"),
    ],
    ids=["goes on", "begins anew", "begins anew, fenced"],
)
def test_the_rest_of_an_answer_is_joined_to_it(rest: str, text: str) -> None:
    assert plan(continued("<response><text>Hel", rest)).text == text


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("RESPOND", Verdict(True, "")),
        ("ignore.", Verdict(False, "")),
        ("**STOP**", Verdict(False, "")),
        (
            "<response><reasoning>Not for me.</reasoning><action>IGNORE</action></response>",
            Verdict(False, "Not for me."),
        ),
        ("<response><action>STOP</action></response>", Verdict(False, "")),
        ("<response><action>NONE</action></response>", Verdict(False, "")),
        ("<response><action>REPLY</action></response>", Verdict(True, "")),
        ("<think>I could IGNORE it.</think>RESPOND", Verdict(True, "")),
        ("Maybe.", None),
        ("", None),
    ],
)
def test_yes_or_no_is_read_from_a_word_or_a_form(answer: str, expected: Verdict | None) -> None:
    assert verdict(answer) == expected
