"""The page that builds a card's snippet: right addresses, nothing of a reader's own taken for markup."""

from html.parser import HTMLParser
from typing import Any

import pytest

from actors.errors import Malformed, Refused
from actors.house import House
from actors.presence import Activity, Claim, Kept, Source, Status, Subject
from actors.settings import Dialect
from storage.board import LocalBoard
from tests.clock import FakeClock
from tests.web.dialects.discord.members import presence
from tests.web.outside import nothing_outside
from web.cards.answers import Cards
from web.cards.options import TABLE
from web.origins import Origins
from web.pages.embed import Embed, refusing, write_snippets
from web.pages.refusals import refusing as as_on_other_pages
from web.pages.shelf import Shelf
from web.proxies import Proxies
from web.views import Answer, Request

ID = "100000000000000001"
NASTY = "\"><script>alert(1)</script>'&amp;`](x)"


class Reader(HTMLParser):
    """What a page holds: its tags with their attributes, and what stands in each textarea."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.snippets: dict[str, str] = {}
        self.inside: str | None = None
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.inside = dict(attrs).get("id") if tag == "textarea" else None

    def handle_data(self, data: str) -> None:
        if self.inside is not None:
            self.snippets[self.inside] = self.snippets.get(self.inside, "") + data

    def handle_endtag(self, _tag: str) -> None:
        self.inside = None

    def of(self, tag: str, **attributes: str) -> list[dict[str, str | None]]:
        return [has for name, has in self.tags if name == tag and attributes.items() <= has.items()]


def embed(house: House | None = None, lantern: Dialect | None = None) -> Embed:
    house = house or House(FakeClock(), LocalBoard())
    cards = Cards(nothing_outside(house.clock).gallery, house.clock.now)
    return Embed(house, lantern or Dialect(), cards, Origins((), Proxies(("127.0.0.0/8",))))


def ask(name: str, query: str = "", **environ: Any) -> Request:
    base = {"REQUEST_METHOD": "GET", "QUERY_STRING": query, "HTTP_HOST": "p.example.org", "REMOTE_ADDR": "127.0.0.1"}
    return Request({**base, **environ}, {"name": name})


def read(answer: Answer) -> Reader:
    assert answer.status == 200
    return Reader(answer.body)


def test_markdown_and_html_lead_to_the_profile_and_say_what_is_seen() -> None:
    made = write_snippets("https://p.example.org", "a b", "What [a] is\ndoing", "/u/a%20b/card.svg?theme=auto&bg=fff")
    assert made.markdown == (
        "[![What \\[a\\] is doing](https://p.example.org/u/a%20b/card.svg?theme=auto&bg=fff)]"
        "(https://p.example.org/u/a%20b)"
    )
    (link, image) = Reader(made.html.encode()).tags
    assert link == ("a", {"href": "https://p.example.org/u/a%20b"})
    assert image[1]["src"] == "https://p.example.org/u/a%20b/card.svg?theme=auto&bg=fff"
    assert (image[1]["alt"], image[1]["width"]) == ("What [a] is\ndoing", "600")


def test_every_option_has_a_control() -> None:
    page = read(embed().page(ask("alice")))
    named = {has.get("name") for tag, has in page.tags if tag in {"input", "select"}}
    assert named == {"alt", *(option.name for option in TABLE)}


def test_only_what_is_chosen_stands_in_the_address() -> None:
    query = "alt=Me&theme=dark&hideActivity=0&bg=&hideBadges=1&noActivityTitle=Gone+(out)&shown=4&borderRadius=2"
    page = read(embed().page(ask("alice", query)))
    card = "/u/alice/card.svg?hideBadges=1&noActivityTitle=Gone%20%28out%29"
    assert page.snippets["markdown"] == f"[![Me](http://p.example.org{card})](http://p.example.org/u/alice)"
    assert page.of("img", id="preview")[0]["src"] == card
    assert "checked" in page.of("input", name="hideBadges")[0]


def test_what_is_on_by_itself_is_switched_off() -> None:
    page = read(embed().page(ask("alice", "animated=0")))
    (avatar,), (decoration,) = (page.of("input", name=name) for name in ("animated", "animatedDecoration"))
    assert avatar["value"] == decoration["value"] == "0"
    assert "checked" in avatar
    assert "checked" not in decoration
    assert page.of("img", id="preview")[0]["src"] == "/u/alice/card.svg?animated=0"


def test_a_discord_id_has_lanterns_card_where_lantern_is_spoken() -> None:
    for lantern, card in (
        (Dialect(), f"/api/v1/users/{ID}?svg=1&theme=auto"),
        (Dialect(prefix="/lantern"), f"/lantern/api/v1/users/{ID}?svg=1&theme=auto"),
        (Dialect(enabled=False), f"/u/{ID}/card.svg?theme=auto"),
    ):
        page = read(embed(lantern=lantern).page(ask(ID, "theme=auto")))
        assert page.of("img", id="preview")[0]["src"] == card


def test_a_trusted_proxy_may_say_that_it_is_https() -> None:
    for peer, scheme in (("127.0.0.1", "https"), ("192.0.2.1", "http")):
        page = read(embed().page(ask("a", HTTP_X_FORWARDED_PROTO="https", REMOTE_ADDR=peer)))
        assert page.snippets["markdown"].endswith(f"]({scheme}://p.example.org/u/a)")


def test_nothing_that_anybody_wrote_is_markup() -> None:
    encoded = "%22%3E%3Cscript%3Ealert(1)%3C/script%3E'%26amp;%60%5D(x)"
    plain, nasty = (
        read(embed().page(ask(*asked)))
        for asked in (("a", "alt=a&noActivityTitle=a"), (NASTY, f"alt={encoded}&noActivityTitle={encoded}"))
    )
    assert [tag for tag, _ in nasty.tags] == [tag for tag, _ in plain.tags]
    assert [sorted(has) for _, has in nasty.tags] == [sorted(has) for _, has in plain.tags]
    assert nasty.of("input", name="alt")[0]["value"] == NASTY
    markup = Reader(nasty.snippets["html"].encode())
    assert [tag for tag, _ in markup.tags] == ["a", "img"]
    assert markup.tags[1][1]["alt"] == NASTY
    assert "\\]" in nasty.snippets["markdown"]
    assert "\\<script\\>" in nasty.snippets["markdown"]


def test_the_page_is_guarded() -> None:
    fields = dict(embed().page(ask("a")).headers)
    assert "script-src 'self'" in fields["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in fields["Content-Security-Policy"]
    assert "unsafe" not in fields["Content-Security-Policy"]


def test_offline_hidden_and_unknown_have_the_same_card() -> None:
    def card(*claims: Claim) -> bytes:
        house = House(FakeClock(), LocalBoard())
        for claim in claims:
            house.board.report("ann", claim)
        return embed(house).card(ask("ann")).body

    said = Claim(Source("session", "1"), 1.0, Status.ONLINE, (Activity("Reading"),))
    assert b"Reading" in card(said)
    hidden = card(said, Claim(Source("session", "2"), 1.0, Status.INVISIBLE))
    assert card() == hidden == card(Claim(Source("session", "1"), 1.0, Status.OFFLINE))


def test_a_card_by_name_says_when_somebody_offline_was_last_seen_and_nothing_of_who_hides() -> None:
    house = House(FakeClock(), LocalBoard())
    house.register.learn(Subject("1", "ann", account=True))
    unknown = embed(house).card(ask("ann")).body
    house.register.kept["1"] = Kept(last_seen_at=house.clock.now() - 2 * 3600)
    assert b"Last seen 2 hours ago" in embed(house).card(ask("ann")).body
    assert embed(house).card(ask("ann", "hideLastSeen=1")).body == unknown
    house.board.report("1", Claim(Source("session", "2"), 1.0, Status.INVISIBLE))
    assert embed(house).card(ask("ann")).body == unknown
    house.board.report("1", Claim(Source("session", "2"), 1.0, Status.ONLINE))
    assert b"Last seen" not in embed(house).card(ask("ann")).body


def test_a_card_by_name_tells_no_stranger_who_that_is_at_discord() -> None:
    house = House(FakeClock(), LocalBoard())
    house.register.learn(Subject("1", "ann", account=True, links=(("discord", ID),)))
    (claim,) = presence("online", {"name": "Chess", "type": 0}).claims
    house.board.report("1", claim)
    card = embed(house).card(ask("ann")).body.decode()
    assert "Chess" in card
    assert ">ann<" in card
    for private in ("alice", "Alice", "GGEZ", "ActiveDeveloper", ID):
        assert private not in card


def test_what_is_wrong_with_an_option_is_said_to_people() -> None:
    with pytest.raises(Malformed) as wrong:
        embed().card(ask("a", "bg=red"))
    refuse = refusing(as_on_other_pages(Shelf()))
    answer = refuse(wrong.value, ask("a"))
    assert (answer.status, answer.body) == (400, b"bg must be a colour of 3 or 6 hexadecimal digits.\n")
    assert refuse(Refused("unknown-path"), ask("a")).status == 404
