"""presenti's accounts as /openapi.json has them (spec/presenti.md sections 4.8 and 4.9)."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from web.dialects.presenti.openapi.answers import ANYBODY, PERSON, PresentiOk, answers
from web.dialects.presenti.openapi.links import UUID, PresentiUser, Word
from web.openapi.operation import Body, Operation, Parameter


class PresentiFirstParty(Struct):
    """The caller is no user, but a first party."""

    root: Literal[True]


class PresentiKey(Struct):
    """A key to publish with; it is shown once."""

    key: str


class PresentiScope(Struct):
    """A user's name."""

    scope: str


class PresentiPlatforms(Struct):
    """Platforms to sign in with: there are none."""

    platforms: list[Any]


class PresentiSignIn(Struct):
    """A name and a password."""

    id: Word
    password: Word


class PresentiRegistration(Struct):
    """A name that nobody has, and is no reserved word, long number or UUID; and a password."""

    id: Annotated[str, Meta(pattern="^[A-Za-z0-9_.-]{1,64}$")]
    password: Annotated[str, Meta(min_length=1, max_length=1024)]


class PresentiPasswords(Struct):
    """The password, and the one that takes its place."""

    password: Word
    new_password: Word = msgspec.field(name="newPassword")


ACCOUNTS = {
    "POST /api/user/new": Operation(
        "Register an account, and sign in", answers(PresentiUser, 400, 403), body=Body(PresentiRegistration)
    ),
    "POST /api/user/auth": Operation("Sign in", answers(PresentiUser, 400, 401, 403), body=Body(PresentiSignIn)),
    "GET /api/user/logout": Operation("Sign out", answers(PresentiOk, 403)),
    "GET /api/user/me": Operation(
        "Who am I?", answers((PresentiUser, PresentiFirstParty), 401, 403), opened_by=ANYBODY
    ),
    "GET /api/user/me/key": Operation("Mint a key", answers(PresentiKey, 401, 403), opened_by=PERSON),
    "PATCH /api/user/me/password": Operation(
        "Change the password; every token ends",
        answers(PresentiOk, 400, 401, 403),
        body=Body(PresentiPasswords),
        opened_by=PERSON,
    ),
    "GET /api/user/lookup": Operation(
        "An account by name or UUID", answers(PresentiUser, 400, 403, 404), (Parameter("scope", "A user's name."), UUID)
    ),
    "GET /api/user/resolve": Operation("A UUID's name", answers(PresentiScope, 403, 404), (UUID,)),
    "GET /api/platforms": Operation("Platforms to sign in with", answers(PresentiPlatforms)),
}
