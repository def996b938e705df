"""Passwords as argon2 keeps them."""

from argon2 import PasswordHasher

from actors.errors import Malformed

_LONGEST = 1024
_HASHER = PasswordHasher()


def hashed(password: str) -> str:
    """The argon2id hash to keep, parameters and salt included; takes tens of milliseconds of one processor.

    Raises Malformed for an empty password, one above 1,024 characters (the work grows with it), or one with lone
    surrogates.
    """
    if not 1 <= len(password) <= _LONGEST or any("\ud800" <= sign <= "\udfff" for sign in password):
        raise Malformed("bad-password", f"a password has 1 to {_LONGEST} characters")
    return _HASHER.hash(password)
