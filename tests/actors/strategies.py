"""What the property tests of presence draw from."""

from hypothesis import strategies as st

from actors.presence import Activity, Claim, Kind, Link, Native, Picture, Source, Status

times = st.integers(0, 20).map(float)
sources = st.sampled_from([Source(kind, id_) for kind in ("session", "socket") for id_ in "123"])
natives = st.sampled_from([None, Native("presenti", {"title": "a"}), Native("presenti", {"title": "b"})])
activities = st.sampled_from(
    [
        Activity("chess"),
        Activity("chess", Kind.PLAYING, details=Link("e4"), started_ms=1.0),
        Activity("chess", native=Native("presenti", {"title": "chess"})),
        Activity("Ludwig", Kind.LISTENING, image=Picture("https://example.org/a.png")),
        Activity(),
    ]
)


@st.composite
def claims(draw: st.DrawFn, source: st.SearchStrategy[Source] = sources) -> Claim:
    return Claim(
        draw(source),
        since=draw(times),
        status=draw(st.none() | st.sampled_from(Status)),
        activities=tuple(draw(st.lists(activities, max_size=2))),
        platform=draw(st.none() | st.sampled_from(["desktop", "mobile"])),
        expires_at=draw(st.none() | times),
        native=draw(natives),
        receipt=draw(st.none() | st.just({"time": 1})),
        credential=draw(st.none() | st.sampled_from(["token 1", "token 2"])),
    )


of_distinct_sources = st.lists(claims(), unique_by=lambda claim: claim.source, max_size=6)
