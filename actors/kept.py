"""What a User keeps beside its claims: when it was last seen, and key-values; how that outlives the actor."""

from dataclasses import replace

from actors.house import House
from actors.keyvalues import Storage
from actors.messages.keeper import LastSeen
from actors.presence import Presence, Status, Subject

_UNSEEN = frozenset({Status.OFFLINE, Status.INVISIBLE})


def seen_off(house: House, subject: Subject, before: Presence, after: Presence) -> Presence:
    """`after`, with when the user was last seen if this is when they went; its next life will know the same.

    That is kept of accounts, and of those about whom something is still said, as of a guild's members.
    """
    worth_keeping = subject.account or bool(after.claims)
    if after.status in _UNSEEN and before.status not in _UNSEEN:
        now = house.clock.now()
        after = after.keeping(replace(after.kept, last_seen_at=now))
        if worth_keeping:
            house.keeper.tell(LastSeen(subject.id, now))
    if after.kept is not before.kept and (worth_keeping or after.kept.revision):
        house.register.kept[subject.id] = after.kept
    return after


def with_storage(subject: Subject, presence: Presence, storage: Storage) -> Presence | None:
    """The presence with these key-values; None for what is old, or is an account's that this user is not any more."""
    kept = presence.kept
    if storage.account != subject.id or storage.revision <= kept.revision:
        return None
    return presence.keeping(replace(kept, pairs=storage.pairs, revision=storage.revision))
