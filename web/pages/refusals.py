"""What pages answer to what they refuse: a sentence for people, as a page of its own."""

from collections.abc import Callable

from actors.errors import HouseError
from web import errors
from web.pages.shelf import WHOLE, Shelf
from web.views import Answer, Request

_SENTENCES = {
    400: "This request cannot be understood.",
    403: "This came from a page of another site, so nothing was done.",
    404: "There is nothing here.",
    405: "This page is not used that way.",
    408: "This request took too long to come.",
    413: "This request is too large.",
    414: "This address is too long.",
    429: "That was too often. Please try again in a moment.",
    500: "This page cannot be shown: the fault is ours.",
    503: "This page cannot be shown just now. Please try again in a moment.",
}


def refusing(shelf: Shelf) -> Callable[[HouseError, Request], Answer]:
    """How pages word an error; whatever is refused is not there, save to who asks by another site's page."""

    def refuse(error: HouseError, _request: Request) -> Answer:
        status = errors.status_of(error)
        status = 404 if status in {401, 403} and error.code != "foreign-origin" else status
        waiting = errors.retry_after(error)
        return shelf.page(
            "sentence.html",
            WHOLE,
            {"sentence": _SENTENCES.get(status, _SENTENCES[400]), "onward": ("/", "Who is here")},
            status=status,
            caching="no-store",
            fields=waiting,
        )

    return refuse
