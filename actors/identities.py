"""Identities: by what else than name or UUID a user may be asked for (WIRES section 3). Pure."""

import re
from collections.abc import Iterator

from actors.presence import Subject

PROVIDERS = ("discord", "dyson", "heartbeat", "mastodon")
"""Where an account may have links to."""

DISCORD_ID = re.compile(r"[0-9]{17,19}")
"""No account has such a name: it needs no provider before it."""


def identity_in(name: str) -> tuple[str, str] | None:
    """The provider and the id there that `discord:100000000000000001` or that id alone mean; None for a name."""
    if DISCORD_ID.fullmatch(name):
        return "discord", name
    provider, _, ident = name.partition(":")
    return (provider, ident) if ident and provider in PROVIDERS else None


def identities(subject: Subject) -> Iterator[str]:
    """By all of which Register.find may find this user."""
    yield subject.id
    yield subject.name
    for provider in PROVIDERS:  # an id there that is linked to nobody is whoever has it as a name
        yield f"{provider}:{subject.id}"
        yield f"{provider}:{subject.name}"
    for provider, ident in subject.links:
        yield f"{provider}:{ident}"
        if provider == "discord":
            yield ident
