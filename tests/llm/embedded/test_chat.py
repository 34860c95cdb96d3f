import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import gevent
import psutil
import pytest

from eliza.llm.embedded.models import EmbeddedChat
from eliza.llm.errors import ModelRefused, PromptTooLong
from eliza.llm.types import Delta, Finished, Line, Manner, Prompt

_HELLO = (Line("system", "You are Ada, a warm mathematician."), Line("user", "Hello! Who are you?"))
_ROOT = Path(__file__).parents[3]
_SOON = 20


@pytest.fixture(autouse=True)
def _patience() -> Iterator[None]:
    with gevent.Timeout(60):
        yield


def _text(parts: list[Delta | Finished]) -> str:
    return "".join(part.text for part in parts if isinstance(part, Delta))


def _finished(parts: list[Delta | Finished]) -> Finished:
    end = parts[-1]
    assert isinstance(end, Finished)
    return end


def test_an_answer_comes_in_pieces_and_says_how_it_ended(chat: EmbeddedChat) -> None:
    parts = list(chat.stream(Prompt(_HELLO, max_tokens=24)))

    assert len(parts) > 3
    assert all(isinstance(part, Delta) and part.text for part in parts[:-1])
    assert _text(parts).strip()
    assert _finished(parts).usage.prompt_tokens > 10
    assert 1 <= _finished(parts).usage.completion_tokens <= 24


def test_an_answer_stops_at_the_number_of_tokens_asked_for(chat: EmbeddedChat) -> None:
    end = _finished(list(chat.stream(Prompt((Line("user", "Count from one to a thousand."),), max_tokens=5))))

    assert (end.reason, end.usage.completion_tokens) == ("length", 5)


def test_an_answer_ends_before_a_word_it_was_told_to_stop_at(chat: EmbeddedChat) -> None:
    schema = {"const": "one two three"}
    parts = list(chat.stream(Prompt(_HELLO, max_tokens=30, schema=schema, stop=("two",))))

    assert "one" in _text(parts)
    assert "two" not in _text(parts)
    assert _finished(parts).reason == "stop"


def test_an_answer_by_schema_is_what_the_schema_says(chat: EmbeddedChat) -> None:
    schema = {"enum": ["respond", "ignore"]}

    assert _text(list(chat.stream(Prompt(_HELLO, max_tokens=20, schema=schema)))) in {'"respond"', '"ignore"'}


def test_letters_of_several_tokens_arrive_whole(chat: EmbeddedChat) -> None:
    schema = {"const": "žluťoučký 🎉👩‍🚀 日本"}
    parts = list(chat.stream(Prompt(_HELLO, max_tokens=60, schema=schema)))

    assert _text(parts) == '"žluťoučký 🎉👩‍🚀 日本"'
    assert len(parts) > 3


def test_an_answer_cut_in_the_middle_of_a_letter_leaves_the_letter_out(chat: EmbeddedChat) -> None:
    parts = list(chat.stream(Prompt(_HELLO, max_tokens=3, schema={"const": "👩‍🚀👩‍🚀👩‍🚀"})))

    assert "\N{REPLACEMENT CHARACTER}" not in _text(parts)


def test_text_that_is_not_valid_unicode_is_answered(chat: EmbeddedChat) -> None:
    assert list(chat.stream(Prompt((Line("user", "a\ud83d b\0c"),), max_tokens=3)))


def test_a_prompt_that_is_too_long_is_refused_with_its_length(chat: EmbeddedChat) -> None:
    with pytest.raises(PromptTooLong, match=r"at most 2048 tokens at a time, and this is [34]\d\d\d"):
        list(chat.stream(Prompt((Line("user", "word " * 3500),))))


def test_a_schema_that_is_none_is_refused(chat: EmbeddedChat) -> None:
    with pytest.raises(ModelRefused, match="SmolLM2"):
        list(chat.stream(Prompt(_HELLO, schema={"type": "nonsense"})))


def test_it_asks_to_be_just_talked_to(chat: EmbeddedChat) -> None:
    assert chat.manner is Manner.CHAT
    assert chat.name == "embedded/SmolLM2-135M-Instruct"


def test_who_stops_listening_makes_room_for_the_next(chat: EmbeddedChat) -> None:
    endless = Prompt((Line("user", "Tell me a very long story."),), max_tokens=1900)
    for _ in range(6):
        answer = chat.stream(endless)
        next(answer)
        answer.close()

    with gevent.Timeout(_SOON):
        assert list(chat.stream(Prompt(_HELLO, max_tokens=5)))


def test_a_killed_listener_makes_room_for_the_next(chat: EmbeddedChat) -> None:
    endless = Prompt((Line("user", "Tell me a very long story."),), max_tokens=1900)
    listeners = [gevent.spawn(list, chat.stream(endless)) for _ in range(5)]
    gevent.sleep(0)
    gevent.killall(listeners)

    with gevent.Timeout(_SOON):
        assert list(chat.stream(Prompt(_HELLO, max_tokens=5)))


def test_more_conversations_than_slots_are_all_answered_first_come_first_served(chat: EmbeddedChat) -> None:
    begun: list[int] = []

    def talk(number: int) -> None:
        answer = chat.stream(Prompt((Line("user", f"Count to {number} hundred."),), max_tokens=8))
        next(answer)
        begun.append(number)
        _finished(list(answer))

    gevent.joinall([gevent.spawn(talk, number) for number in range(2, 8)], raise_error=True)

    assert set(begun[:2]) == {2, 3}
    assert sorted(begun) == [2, 3, 4, 5, 6, 7]


def test_the_event_loop_goes_on_while_an_answer_is_written(chat: EmbeddedChat) -> None:
    gaps: list[float] = []

    def tick() -> None:
        last = time.perf_counter()
        while True:
            gevent.sleep(0.005)
            now = time.perf_counter()
            gaps.append(now - last)
            last = now

    ticking = gevent.spawn(tick)
    list(chat.stream(Prompt((Line("user", "Tell me about rain. " * 20),), max_tokens=20)))
    ticking.kill()

    assert len(gaps) > 20
    assert sorted(gaps)[len(gaps) // 2] < 0.1
    assert max(gaps) < 1


def test_nothing_listens_for_other_programs(chat: EmbeddedChat) -> None:
    connections = psutil.Process().net_connections(kind="all")
    sockets = [str(connection.laddr) for connection in connections if "llama" in str(connection.laddr)]

    assert [path for path in sockets if Path(path).exists()] == []
    assert len(sockets) == 2


@pytest.mark.usefixtures("offers")
@pytest.mark.parametrize("way", ["patched", "plain"])
def test_a_program_that_ends_in_mid_sentence_ends_cleanly(way: str, models: Path, tried: Path) -> None:
    command = [sys.executable, "-m", "tests.llm.embedded.talk", str(models), str(tried), way]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, timeout=60, check=False)

    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "3", "")
