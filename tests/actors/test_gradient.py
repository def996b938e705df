"""Whose image is tried, which colour is shown, and what a state is in a presence."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from actors.gradient import AT_ONCE_MS, MOST_IMAGES, SLOWLY_MS, Shade, seen_first, wished_images
from actors.presence import NOBODY, Activity, Claim, Picture, Presence, Source, Status, Subject, Update
from actors.state import only_state_differs, state_claim, state_of


def claim(kind: str, since: float, *activities: Activity, status: Status | None = None) -> Claim:
    return Claim(Source(kind, f"{kind}{since}"), since, status, activities)


def shows(image: str | None, gradient: bool | None = True) -> Activity:
    return Activity(name="x", image=Picture(image) if image else None, gradient=gradient)


def of(*claims: Claim) -> Presence:
    presence = NOBODY
    for each in claims:
        presence = presence.with_claim(each)
    return presence


def test_the_first_that_asks_in_merged_order_is_tried_first() -> None:
    presence = of(
        claim("module", 1, shows("m")),
        claim("session", 2, shows("s", gradient=False), shows("s2")),
        claim("socket", 3, shows(None), shows("k")),
        claim("first-party", 4, shows("f")),
    )
    assert wished_images(presence) == ("f", "k", "s2")
    assert wished_images(presence.without(Source("first-party", "first-party4"))) == ("k", "s2", "m")


def test_within_a_kind_the_oldest_source_is_first() -> None:
    assert wished_images(of(claim("socket", 9, shows("late")), claim("socket", 1, shows("early")))) == ("early", "late")


def test_who_is_hidden_wishes_for_nothing() -> None:
    shown = claim("socket", 1, shows("a"))
    assert wished_images(of(shown, claim("session", 2, status=Status.INVISIBLE))) == ()


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from([True, False, None]))))
def test_only_what_asks_is_tried_and_once(wanted: list[tuple[str, bool | None]]) -> None:
    wishes = wished_images(of(claim("socket", 1, *[shows(image, gradient) for image, gradient in wanted])))
    asking = [image for image, gradient in wanted if gradient]
    assert set(wishes) <= set(asking)
    assert len(wishes) == min(MOST_IMAGES, len(set(asking)))
    assert wishes[:1] == tuple(asking[:1])


def test_the_colours_go_round() -> None:
    shade = Shade(("#000000", "#111111"))
    assert shade.document == {"gradient": {"color": "#000000", "transition": AT_ONCE_MS, "paused": False}}
    assert shade.next().document == {"gradient": {"color": "#111111", "transition": SLOWLY_MS, "paused": False}}
    assert shade.next().next().document["gradient"]["color"] == "#000000"


def test_who_comes_gets_the_colour_at_once() -> None:
    document = Shade(("#000000",)).next().document
    assert seen_first({**document, "other": 1}) == {**Shade(("#000000",)).document, "other": 1}
    assert document["gradient"]["transition"] == SLOWLY_MS
    assert seen_first({}) == {}


def test_a_state_is_seen_by_those_only_who_look_for_it() -> None:
    plain = of(claim("socket", 1, shows("a")))
    stated = of(*plain.claims, state_claim("gradient", {"gradient": 1}, 5, 9), state_claim("other", {"o": 2}, 6, 9))
    assert state_of(stated) == {"gradient": 1, "o": 2}
    assert state_of(plain) == {}
    assert stated.looks_like(plain)
    assert stated.activities == plain.activities
    assert of(state_claim("gradient", {}, 5, 9)).status is Status.OFFLINE
    assert state_of(stated.at(9)) == {}


def test_an_update_of_a_state_alone_is_told_from_others() -> None:
    plain = of(claim("socket", 1, shows("a")))
    stated = plain.with_claim(state_claim("gradient", {"gradient": 1}, 5, 9))
    update = Update(Subject("a", "a"), plain, stated, changed=False, at=5)
    assert only_state_differs(update)
    assert only_state_differs(replace(update, before=stated, after=plain))
    assert not only_state_differs(replace(update, before=stated, after=stated))  # the same report again
    assert not only_state_differs(replace(update, after=stated.with_claim(claim("socket", 1, shows("b")))))
