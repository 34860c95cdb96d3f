"""Masks: what is hidden, and what a mask stands for when it comes back."""

import time
from typing import Any

import pytest

from eliza.agents.masks import unmasked
from eliza.telltales import MASK, masked

ACCOUNTS = [{"name": "a", "token": "1"}, {"name": "b", "token": "2"}, {"name": "c", "token": "3"}]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"token": None, "hasKey": True, "key": ""}, {"token": None, "hasKey": True, "key": ""}),
        ({"maxTokens": 5, "token": 5}, {"maxTokens": 5, "token": MASK}),
        ({"tokensPerDay": 5, "tokens_per_minute": "5"}, {"tokensPerDay": 5, "tokens_per_minute": "5"}),
        ({"SMTP_PASS": "a", "smtpPass": "b", "pass": "c"}, {"SMTP_PASS": MASK, "smtpPass": MASK, "pass": MASK}),
        ({"TWITTER_COOKIES": "a", "seedPhrase": "b c"}, {"TWITTER_COOKIES": MASK, "seedPhrase": MASK}),
        ({"compass": "a", "BYPASS": "b", "passage": "c"}, {"compass": "a", "BYPASS": "b", "passage": "c"}),
        ({"URL": "postgres://u:p@ss@h/db"}, {"URL": f"postgres://u:{MASK}@h/db"}),
        ({"URL": "http://h:80/@u", "mail": "a@b"}, {"URL": "http://h:80/@u", "mail": "a@b"}),
        ({"credentials": {"user": "u", "ids": [1]}}, {"credentials": {"user": MASK, "ids": [MASK]}}),
    ],
    ids=[
        "nothing to hide",
        "counts",
        "rates",
        "passwords",
        "sessions and wallets",
        "other words",
        "address",
        "no password",
        "below",
    ],
)
def test_what_tells_is_hidden(value: dict[str, Any], shown: dict[str, Any]) -> None:
    assert masked(value) == shown
    assert unmasked(shown, value) == value


def test_an_item_keeps_its_own_secret_when_another_is_taken_out() -> None:
    shown = masked({"accounts": ACCOUNTS})["accounts"]

    assert unmasked({"accounts": [shown[0], shown[2]]}, {"accounts": ACCOUNTS}) == {
        "accounts": [ACCOUNTS[0], ACCOUNTS[2]]
    }
    assert unmasked({"accounts": [*shown, {"name": "d", "token": "4"}]}, {"accounts": ACCOUNTS}) == {
        "accounts": [*ACCOUNTS, {"name": "d", "token": "4"}]
    }


def test_an_item_that_is_changed_in_its_place_keeps_its_secret() -> None:
    shown = masked({"accounts": ACCOUNTS})["accounts"]
    changed = {"accounts": [{**shown[0], "name": "z"}, *shown[1:]]}

    assert unmasked(changed, {"accounts": ACCOUNTS})["accounts"][0] == {"name": "z", "token": "1"}


def test_a_mask_of_nothing_is_left_out() -> None:
    assert unmasked({"a": {"token": MASK}, "b": [MASK], "token": MASK}, {}) == {"a": {}, "b": []}


def test_a_number_is_not_taken_for_a_truth() -> None:
    assert unmasked({"a": 1}, {"a": True})["a"] is not True


def test_a_long_text_is_looked_through_quickly() -> None:
    begun = time.monotonic()

    for text in ("a" * 1_000_000, "://a:" * 200_000, "://" * 300_000, "://:" + "a" * 1_000_000):
        assert masked({"text": text}) == {"text": text}

    assert time.monotonic() - begun < 2
