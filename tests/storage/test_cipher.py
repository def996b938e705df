"""Secrets at rest: readable with the right key at the right place only."""

import os
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.cipher import Cipher, UnreadableError, own_key

KEY = bytes(range(32))


@given(st.text(st.characters(blacklist_categories=())), st.text())
def test_what_is_sealed_comes_back_and_does_not_show(text, place):
    cipher = Cipher(KEY)
    sealed = cipher.seal(text, place)
    assert sealed.isascii()
    assert cipher.open(sealed, place) == text
    assert cipher.seal(text, place) != sealed, "a nonce is never used twice"


def test_a_secret_does_not_show():
    assert "k3y-of-alice" not in Cipher(KEY).seal("k3y-of-alice", "here")


def test_what_was_altered_is_not_believed():
    sealed = Cipher(KEY).seal("k3y", "here")
    turned = ("B" if sealed[0] == "A" else "A") + sealed[1:]
    for spoiled in (sealed[:-4], turned, "not base64!", ""):
        with pytest.raises(UnreadableError):
            Cipher(KEY).open(spoiled, "here")


def test_another_place_and_another_key_open_nothing():
    sealed = Cipher(KEY).seal("k3y", "here")
    with pytest.raises(UnreadableError, match="there cannot"):
        Cipher(KEY).open(sealed, "there")
    with pytest.raises(UnreadableError):
        Cipher(bytes(32)).open(sealed, "here")


def test_the_own_key_is_made_once_and_is_private(tmp_path):
    key = own_key(tmp_path)
    assert len(key) == 32
    assert own_key(tmp_path) == key
    (file,) = tmp_path.iterdir()
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600


def test_a_key_file_that_is_none_is_refused_and_left_alone(tmp_path):
    file = tmp_path / "secret.key"
    file.write_text("not a key")
    with pytest.raises(OSError, match="is not the key that was made here"):
        own_key(tmp_path)
    assert file.read_text() == "not a key"


def test_a_key_of_another_length_is_no_key():
    with pytest.raises(ValueError, match="32 bytes"):
        Cipher(b"short")
