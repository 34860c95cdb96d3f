"""The WebSocket wire format, without a network."""

import struct

import pytest

from eliza.realtime.transport import frames
from eliza.realtime.transport.frames import Broken, Gone, Reader

KEY = b"\x11\x22\x33\x44"


def masked(opcode: int, payload: bytes, *, final: bool = True) -> bytes:
    head = bytes([(0x80 if final else 0) | opcode])
    if len(payload) < 126:
        head += bytes([0x80 | len(payload)])
    elif len(payload) < 65536:
        head += struct.pack("!BH", 0x80 | 126, len(payload))
    else:
        head += struct.pack("!BQ", 0x80 | 127, len(payload))
    return head + KEY + frames.unmask(payload, KEY)


def reader(*pieces: bytes, max_message_bytes: int = 1_000_000) -> Reader:
    waiting = list(pieces)
    return Reader(lambda _: waiting.pop(0) if waiting else b"", max_message_bytes=max_message_bytes)


@pytest.mark.parametrize("size", [0, 1, 3, 4, 125, 126, 65535, 65536, 999_999])
def test_a_message_of_any_length_comes_out_as_it_went_in(size: int) -> None:
    payload = bytes(index % 251 for index in range(size))
    assert reader(masked(frames.BINARY, payload)).read() == (frames.BINARY, payload)


def test_a_frame_that_arrives_byte_by_byte_is_read_whole() -> None:
    raw = masked(frames.TEXT, "Grüße".encode())
    assert reader(*(raw[index : index + 1] for index in range(len(raw)))).read() == (frames.TEXT, "Grüße")


def test_frames_that_arrive_together_are_read_one_by_one() -> None:
    read = reader(masked(frames.TEXT, b"one") + masked(frames.TEXT, b"two")).read
    assert [read(), read()] == [(frames.TEXT, "one"), (frames.TEXT, "two")]


def test_a_control_frame_between_two_fragments_is_read_at_once() -> None:
    read = reader(
        masked(frames.TEXT, "Gr\u00fc".encode()[:3], final=False)
        + masked(frames.PING, b"?")
        + masked(frames.CONTINUATION, "Gr\u00fc".encode()[3:])
    ).read
    assert [read(), read()] == [(frames.PING, b"?"), (frames.TEXT, "Gr\u00fc")]


def test_characters_may_be_cut_by_fragments() -> None:
    raw = "€".encode()
    parts = [masked(frames.TEXT, raw[:1], final=False), masked(frames.CONTINUATION, raw[1:])]
    assert reader(*parts).read() == (frames.TEXT, "€")


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        pytest.param(masked(frames.TEXT, b"\xff"), frames.BAD_TEXT, id="text that is not UTF-8"),
        pytest.param(masked(frames.TEXT, b"\xe2\x82"), frames.BAD_TEXT, id="text that ends within a character"),
        pytest.param(
            masked(frames.TEXT, b"\xff", final=False), frames.BAD_TEXT, id="bad text before its last fragment"
        ),
        pytest.param(b"\x81\x02hi", frames.PROTOCOL_ERROR, id="unmasked"),
        pytest.param(b"\xc1\x80" + KEY, frames.PROTOCOL_ERROR, id="a reserved bit"),
        pytest.param(b"\x83\x80" + KEY, frames.PROTOCOL_ERROR, id="an unknown opcode"),
        pytest.param(b"\x09\x80" + KEY, frames.PROTOCOL_ERROR, id="a fragmented ping"),
        pytest.param(b"\x89\xfe\x00\x7e" + KEY, frames.PROTOCOL_ERROR, id="a long ping"),
        pytest.param(masked(frames.CONTINUATION, b"hi"), frames.PROTOCOL_ERROR, id="a continuation of nothing"),
        pytest.param(
            masked(frames.TEXT, b"a", final=False) + masked(frames.TEXT, b"b"),
            frames.PROTOCOL_ERROR,
            id="a message within a message",
        ),
    ],
)
def test_what_the_protocol_forbids_is_named_by_its_close_code(raw: bytes, code: int) -> None:
    with pytest.raises(Broken) as broken:
        reader(raw).read()
    assert broken.value.code == code


def test_a_frame_too_large_is_refused_before_a_byte_of_it_is_read() -> None:
    with pytest.raises(Broken) as broken:
        reader(struct.pack("!BBQ", 0x82, 0xFF, 2**62)).read()
    assert broken.value.code == frames.TOO_BIG


def test_fragments_count_together_against_the_limit() -> None:
    raw = masked(frames.BINARY, b"x" * 60, final=False) + masked(frames.CONTINUATION, b"x" * 60)
    with pytest.raises(Broken) as broken:
        reader(raw, max_message_bytes=100).read()
    assert broken.value.code == frames.TOO_BIG


def test_empty_fragments_without_end_are_refused() -> None:
    raw = masked(frames.BINARY, b"", final=False) + masked(frames.CONTINUATION, b"", final=False) * 5000
    with pytest.raises(Broken) as broken:
        reader(raw).read()
    assert broken.value.code == frames.TOO_BIG


def test_an_end_in_the_middle_of_a_frame_is_no_message() -> None:
    with pytest.raises(Gone):
        reader(masked(frames.TEXT, b"hello")[:-1]).read()


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1015, 2999, 5000])
def test_codes_that_must_not_be_sent_are_refused(code: int) -> None:
    with pytest.raises(Broken):
        frames.close_code(struct.pack("!H", code))


def test_a_close_frame_may_have_a_code_a_reason_or_neither() -> None:
    given = [b"", struct.pack("!H", 1000), struct.pack("!H", 3001) + b"bye"]
    assert [frames.close_code(payload) for payload in given] == [None, 1000, 3001]
