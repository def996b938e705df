"""How a card goes out: with what it takes that READMEs show it fresh and that it can do no harm (PROMISES 3.7, 5)."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b

from web.cards.card import draw, moving, wanted
from web.cards.face import Face
from web.cards.gallery import Gallery
from web.cards.options import Options
from web.dialects.discord.finding import matches
from web.views import Answer, Request

KIND = "image/svg+xml; charset=utf-8"
_FIELDS = (
    # GitHub's image proxy, and others, keep what they are not told to ask for again.
    ("Cache-Control", "no-cache, max-age=0, s-maxage=0, must-revalidate"),
    ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"),
    ("X-Content-Type-Options", "nosniff"),
)


@dataclass(frozen=True, slots=True)
class Cards:
    """Draws cards by this clock, with art from this gallery."""

    gallery: Gallery
    now: Callable[[], float]

    def answer(
        self, request: Request, seen: Face, options: Options, headers: tuple[tuple[str, str], ...] = ()
    ) -> Answer:
        """The card, or 304 for whoever has this very one."""
        art = self.gallery.hang(wanted(seen, options), moving(seen, options))
        card = draw(seen, options, art, self.now())
        etag = f'"{blake2b(card, digest_size=12).hexdigest()}"'
        fields = (("ETag", etag), *_FIELDS, *headers)
        condition = request.header("IF_NONE_MATCH")
        if condition is not None and matches(condition, etag):
            return Answer(status=304, headers=fields)
        return Answer(card, content_type=KIND, headers=fields)
