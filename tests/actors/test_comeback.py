"""A publisher that comes back after the process died: what its old socket said gives way to what the new one says."""

from dataclasses import replace

from actors.comeback import predecessor
from actors.messages.keeper import Forget
from actors.presence import Claim, Source
from tests.actors.home import Home

KEY, OTHER = "key", "other"


def said(home: Home, what: str, connection: str, credential: str | None = KEY, left: float | None = None) -> Claim:
    """By a socket of this life, or with so many seconds left by one of an earlier life."""
    claim = home.claim(what, lasts=left, credential=credential)
    return replace(claim, source=Source("socket", connection))


def test_it_is_not_shown_twice_and_never_missing(home: Home) -> None:
    """Seen to fail: after a kill -9 each song stood there twice for up to 30 s."""
    old = said(home, "chess", "old", left=20.0)
    home.house.board.report("alice", old)
    lane = home.watch("alice")
    assert lane.take() == ["snapshot alice chess"]
    home.report("alice", said(home, "chess", "new"))
    home.report("alice", said(home, "go", "new"))
    assert lane.take() == ["update alice chess", "update alice go"]
    assert home.house.board.claims("alice") == home.look("alice").claims
    assert Forget("alice", old.source) in home.probe("keeper").got(Forget)
    home.stage.clock.advance(31)
    assert lane.take() == [], "nor does the old one's end say anything"


def test_each_who_comes_back_takes_one_place_and_its_own_first(home: Home) -> None:
    for what in ("chess", "go"):
        home.house.board.report("alice", said(home, what, f"old {what}", left=20.0))
    lane = home.watch("alice")
    home.report("alice", said(home, "go", "new 1"))
    home.report("alice", said(home, "chess", "new 2"))
    home.report("alice", said(home, "poker", "new 3"))
    assert [sorted(line.split()[2:]) for line in lane.take()] == [
        ["chess", "go"],
        ["chess", "go"],
        ["chess", "go"],
        ["chess", "go", "poker"],
    ]


def test_nobody_else_gives_way(home: Home) -> None:
    known = [
        said(home, "chess", "another token's", OTHER, left=20.0),
        said(home, "chess", "nobody's", None, left=20.0),
        said(home, "chess", "still there"),
        home.claim("chess", credential=KEY),
    ]
    for claim in known:
        assert predecessor([claim], said(home, "chess", "new")) is None, claim.source
    assert predecessor([said(home, "x", "old", None, left=20.0)], said(home, "x", "new", None)) is None
    session = home.claim("chess", source="2", credential=KEY)
    assert predecessor([home.claim("chess", credential=KEY)], session) is None, "sessions have leases and stay apart"
