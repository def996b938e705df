from dataclasses import replace

from actors.accounts import Credential, digest_of
from actors.keyring import Keyring

KEY = Credential("1", digest_of("secret"), "id-a", frozenset({"publish"}), created_at=0.0)


def test_a_token_is_found_by_its_digest_until_it_is_forgotten() -> None:
    keyring = Keyring()
    keyring.learn(KEY)
    assert keyring.find("secret") is KEY
    assert keyring.find("Secret") is None
    keyring.forget("1")
    assert keyring.find("secret") is None
    keyring.forget("1")


def test_a_credential_learned_anew_opens_nothing_by_its_old_token() -> None:
    keyring = Keyring()
    keyring.learn(KEY)
    keyring.learn(replace(KEY, digest=digest_of("other")))
    assert keyring.find("secret") is None
    assert keyring.find("other") is not None
    keyring.forget("1")
    assert keyring.by_digest == {}


def test_it_knows_when_a_token_is_over_until_that_is_forgotten() -> None:
    keyring = Keyring()
    keyring.learn(replace(KEY, expires_at=10.0))
    keyring.learn(replace(KEY, id="2", digest=digest_of("other"), expires_at=20.0))
    keyring.learn(KEY)
    assert keyring.ends.due(15.0) == [], "the first was learnt anew, without an end"
    keyring.forget("2")
    assert keyring.ends.due(25.0) == []
