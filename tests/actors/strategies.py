"""What the property tests of presence draw from."""

from hypothesis import strategies as st

from actors.presence import Activity, Claim, Kind, Link, Native, Picture, Source, Status

words = st.sampled_from(["", "chess", "Ludwig", "a\nb"])
times = st.integers(0, 20).map(float)
sources = st.builds(Source, st.sampled_from(["session", "socket"]), st.sampled_from(["1", "2", "3"]))
natives = st.none() | st.builds(Native, st.just("presenti"), st.sampled_from([{"title": "a"}, {"title": "b"}]))
activities = st.builds(
    Activity,
    name=words,
    kind=st.sampled_from(Kind),
    details=st.none() | st.builds(Link, words, st.none() | words),
    image=st.none() | st.builds(Picture, words),
    started_ms=st.none() | times,
    native=natives,
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
    )


of_distinct_sources = st.lists(claims(), unique_by=lambda claim: claim.source, max_size=6)
