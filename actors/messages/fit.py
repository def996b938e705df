"""MustFit: the mark of messages that a full mailbox takes too (actors/runtime/mailbox.py)."""


class MustFit:
    """It ends what was let in before, or sees to it that it ends: refused, it would leave a ghost for ever."""

    __slots__ = ()
