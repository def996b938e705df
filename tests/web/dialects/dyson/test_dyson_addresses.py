"""Our own artwork is had without asking ourselves; everything else is asked for as ever."""

from dataclasses import dataclass, field

import pytest

from actors.artworks import Artwork
from actors.errors import Malformed, Unavailable
from actors.settings import Dialects, Dyson, Settings, Web
from web.dialects.dyson.addresses import OwnArtworks, artworks_at
from web.outgoing import IMAGE, Response

DIGEST = "0a" * 32
PUBLIC = Web(public_url="https://presence.example.org/")
AT = "https://presence.example.org/api/presence/artworks/"


@dataclass
class Others:
    """A Client that gives its own bytes to everybody."""

    asked: list[str] = field(default_factory=list)

    def fetch(self, _method: str, url: str, **_options: object) -> Response:
        self.asked.append(url)
        return Response(200, {}, b"others")


class Kept:
    def artwork(self, digest: str) -> Artwork | None:
        return Artwork(DIGEST, "image/png", b"ours") if digest == DIGEST else None


@pytest.mark.parametrize(
    ("settings", "at"),
    [
        (Settings(web=PUBLIC), AT),
        (
            Settings(web=Web(public_url="http://h:1/p"), dialects=Dialects(dyson=Dyson(prefix="/d"))),
            "http://h:1/p/d/api/presence/artworks/",
        ),
        (Settings(), None),
        (Settings(web=PUBLIC, dialects=Dialects(dyson=Dyson(enabled=False))), None),
    ],
)
def test_where_artwork_is(settings: Settings, at: str | None) -> None:
    assert artworks_at(settings) == at


def test_what_is_ours_is_not_asked_for() -> None:
    others = Others()
    ours = OwnArtworks(others, Kept(), AT)
    assert ours.fetch("GET", f"{AT}sha256:{DIGEST}", headers={}, limits=IMAGE).body == b"ours"
    with pytest.raises(Unavailable, match="no-image-there"):
        ours.fetch("GET", f"{AT}sha256:{'0b' * 32}", headers={}, limits=IMAGE)
    with pytest.raises(Malformed):
        ours.fetch("GET", f"{AT}../../../healthz", headers={}, limits=IMAGE)
    assert others.asked == []


@pytest.mark.parametrize("at", [AT, None])
def test_everything_else_is_asked_for(at: str | None) -> None:
    others = Others()
    url = f"https://presence.example.org.evil.example/api/presence/artworks/sha256:{DIGEST}"
    assert OwnArtworks(others, Kept(), at).fetch("GET", url, headers={}, limits=IMAGE).body == b"others"
    assert others.asked == [url]
