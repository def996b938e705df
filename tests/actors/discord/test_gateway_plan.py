"""Discord's place in the tree."""

from typing import Any

from actors.clock import WallClock
from actors.discord.plan import discord_child
from actors.house import House
from actors.settings import Discord
from actors.supervision import Branch, Child, Restart, fixed
from storage.board import LocalBoard


def child(**wanted: Any) -> Child | None:
    nothing: Any = None  # nothing is started
    return discord_child(House(WallClock(), LocalBoard()), Discord(**wanted), nothing)


def test_nobody_listens_without_a_token() -> None:
    assert child() is None


def test_a_listener_that_is_parked_does_not_make_the_server_unready() -> None:
    listener = child(token="t0ken")
    assert listener is not None
    assert (listener.name, listener.restart) == ("discord", Restart.TRANSIENT)
    branch = Branch(House(WallClock(), LocalBoard()).listeners, (listener,))
    assert listener.address not in list(fixed(branch))
