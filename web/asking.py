"""How the web asks the house: by a user's id or any of its names, over restarts, without ever waiting for long."""

from typing import Any

import pykka
from pykka._envelope import Envelope

from actors.errors import Unavailable
from actors.house import House
from actors.messages.directory import Find
from actors.messages.user import Look
from actors.presence import NOBODY, Presence
from actors.runtime import Future

TRIES = 3
"""A user may end between being found and being asked; it is found again."""


def ask_user(house: House, user: str, message: Any) -> Any:
    """Ask the user of this id and return the answer; raises what the user refuses with, or Unavailable."""
    ref = house.register.refs.get(user)
    for _ in range(TRIES):
        if ref is None or not ref.is_alive():
            ref = house.directory.ask(Find(user))
        try:
            future = Future()
            ref.actor_inbox.put(Envelope(message, future))  # pykka's ask, less what it costs
            return future.get()
        except pykka.ActorDeadError:
            ref = None
    raise Unavailable("user-restarting", retry_after=1.0)


def hear(house: House, user: str) -> None:
    """Return when the user of this id has heard all that the directory was told for it by now."""
    house.directory.ask(Find(user))
    ask_user(house, user, Look())


def look_at(house: House, name: str, provider: str | None = None) -> Presence:
    """What is to be believed of whoever is called this; an unknown name is nobody, and asking does not make it known.

    A user that is awake has its presence in the register: no message is needed to read it.
    """
    user = house.register.resolve(name, provider)
    presence = house.register.presences.get(user)
    if presence is None:
        if not house.board.claims(user):
            return NOBODY
        looked: Presence = ask_user(house, user, Look())
        return looked
    return presence.at(house.clock.now())
