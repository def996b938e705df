"""A card's options as parameters of /openapi.json, made of the table that reads them."""

from typing import Annotated, Any, Literal

from msgspec import Meta

from web.cards.answers import KIND
from web.cards.options import COLOUR, LENGTH, MOST_ACTIVITIES, SVG, TABLE, THEMES, Option
from web.openapi.operation import Chapter, Operation, Parameter, Said, errors

_FLAG = Literal["0", "1", "false", "true"]
_SHAPES: dict[str, Any] = {
    "hidden": Literal["0", "1"],
    "switch": _FLAG,
    "off": _FLAG,
    "length": Annotated[str, Meta(pattern=f"^{LENGTH.pattern}$")],
    "ids": Annotated[str, Meta(pattern="^([0-9]{1,20}(,[0-9]{1,20})*)?$")],
    "colour": Annotated[str, Meta(pattern=f"^{COLOUR.pattern}$")],
    "gradient": Annotated[str, Meta(pattern="^linear-gradient\\([0-9]{1,2}deg, #[0-9a-f]{6}, #[0-9a-f]{6}\\)$")],
    "count": Annotated[int, Meta(ge=1, le=MOST_ACTIVITIES)],
}


def _parameter(option: Option) -> Parameter:
    return Parameter(option.name, ": ".join(filter(None, (option.label, option.says))), _shape(option))


def _shape(option: Option) -> Any:
    if option.shape == "words":
        return Annotated[str, Meta(min_length=1, max_length=option.longest)]
    if option.name == "theme":
        return Literal[tuple(THEMES)]
    return _FLAG | Literal["whenNotUsed"] if option.shape == "choice" else _SHAPES[option.shape]


OPTIONS = tuple(map(_parameter, TABLE))
DRAWN = tuple(map(_parameter, (SVG, *TABLE)))
CARD = Said(str, KIND)
_PAGE = "text/html; charset=utf-8"

CHAPTER = Chapter(
    "cards",
    "A presence as a picture, for READMEs.",
    {
        "GET /u/<name>/card.svg": Operation(
            "The card of a name, whoever that is",
            {200: CARD, 304: Said(), 400: Said(str, "text/plain; charset=utf-8"), **errors(str, (429, 503), _PAGE)},
            OPTIONS,
        )
    },
)
