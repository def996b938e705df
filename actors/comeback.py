"""Comeback: whose place a publisher takes that has come back after the process died. Pure.

What a socket said outlives a crash for the rest of 30 s (HOUSE law 7), so that nobody is seen to leave. Only such a
claim has an end, though its source is of a kind that says nothing of one. Its connection is no more (law 4), and when
a new one of the same kind speaks by the same token, it is this publisher who has come back.
"""

from collections.abc import Iterable

from actors.presence import Claim


def predecessor(claims: Iterable[Claim], newcomer: Claim) -> Claim | None:
    """Which of these claims gives way to the first one of a new source; None where none does.

    Where several publishers share a token, each takes one place: the one that says the same, or else the oldest.
    """
    if newcomer.expires_at is not None or newcomer.credential is None:
        return None
    left = [claim for claim in claims if _was_left(claim, newcomer)]
    alike = (claim for claim in left if claim.activities == newcomer.activities)
    return next(alike, left[0] if left else None)


def _was_left(claim: Claim, newcomer: Claim) -> bool:
    return (
        claim.expires_at is not None
        and claim.source.kind == newcomer.source.kind
        and claim.credential == newcomer.credential
    )
