"""Vault: what is locked away opens with the key, at its place, and not otherwise."""

import pytest

from eliza.vault.vault import Undecipherable, Vault

KEY, NEWER = "k" * 32, "n" * 32


@pytest.mark.parametrize("text", ["", "hunter2", "ß 💥\0", "x" * 100_000], ids=["empty", "short", "odd", "long"])
def test_what_was_locked_away_comes_out_again(text: str) -> None:
    locked = Vault(KEY).encrypt(text, place="here")

    assert locked.startswith("enc:v1:")
    assert Vault(KEY).decrypt(locked, place="here") == text


def test_the_same_text_never_looks_the_same() -> None:
    vault = Vault(KEY)

    assert vault.encrypt("hunter2", place="here") != vault.encrypt("hunter2", place="here")


@pytest.mark.parametrize(
    ("locked", "place"),
    [
        (Vault(NEWER).encrypt("hunter2", place="here"), "here"),
        (Vault(KEY).encrypt("hunter2", place="here"), "there"),
        (Vault(KEY).encrypt("hunter2", place="here")[:-4] + "AAA=", "here"),
        ("enc:v1:", "here"),
        ("enc:v1:AAAA", "here"),
        ("enc:v1:not base64!", "here"),
    ],
    ids=["another key", "another place", "another text", "nothing", "too short", "no code"],
)
def test_what_does_not_open_is_no_garbage(locked: str, place: str) -> None:
    with pytest.raises(Undecipherable, match="cannot be decrypted"):
        Vault(KEY).decrypt(locked, place=place)


def test_a_key_that_was_replaced_still_opens_and_locks_nothing_any_more() -> None:
    old = Vault(KEY).encrypt("hunter2", place="here")
    replaced = Vault(NEWER, KEY)

    assert replaced.decrypt(old, place="here") == "hunter2"
    assert Vault(NEWER).decrypt(replaced.encrypt("hunter3", place="here"), place="here") == "hunter3"


def test_each_purpose_has_a_key_of_its_own_that_stays_the_same() -> None:
    vault = Vault(KEY, NEWER)

    assert len(vault.derive("tokens")) == 32
    assert vault.derive("tokens") == Vault(KEY).derive("tokens")
    assert len({vault.derive("tokens"), vault.derive("cookies"), Vault(NEWER).derive("tokens")}) == 3
    assert vault.derive_older("tokens") == [Vault(NEWER).derive("tokens")]
