"""SVG by the element: what every part of a card is drawn with. Pure; the standard library writes and escapes it."""

from xml.etree.ElementTree import Element, SubElement, tostring

from web.cards.words import Fitted, is_right_to_left

FONT = (
    "Helvetica, Arial, 'Liberation Sans', sans-serif, 'Apple Color Emoji', 'Segoe UI Emoji', 'Segoe UI Symbol', "
    "'Noto Color Emoji'"
)
Drawn = Element
_FIT = 1.3
"""Height of the window through which a text of unsure width is seen, in sizes of its font."""
_ABOVE = 0.98


def part(parent: Drawn, tag: str, words: str | None = None, /, **attributes: str | float) -> Drawn:
    """An element below the parent. `class_` is class, an underscore is a hyphen, numbers have two places."""
    made = SubElement(parent, tag, _attributes(attributes))
    made.text = words
    return made


def root(wide: float, high: float, title: str, description: str) -> Drawn:
    """The whole picture: one image with a name, for those who do not see it."""
    frame = {"xmlns": "http://www.w3.org/2000/svg", "viewBox": f"0 0 {_number(wide)} {_number(high)}"}
    sized = _attributes({"width": wide, "height": high, "font_family": FONT})
    spoken = {"role": "img", "aria-labelledby": "title description"}
    made = Element("svg", {**frame, **sized, **spoken})
    part(made, "title", title, id="title")
    part(made, "desc", description, id="description")
    return made


def write(
    parent: Drawn,
    words: Fitted,
    x: float,
    y: float,
    size: float,
    *,
    class_: str,
    slot: float | None = None,
    bold: bool = False,
    anchor: str = "start",
) -> None:
    """A line of text on the baseline y.

    The reader's font may be another than ours: known letters are told how long they are together, others are seen
    through a window of `slot`.
    """
    if not words.text:
        return
    look: dict[str, str | float] = {"class_": class_, "font_size": size}
    if bold:
        look["font_weight"] = "700"
    if is_right_to_left(words.text):
        # Its own end is on the left, where the line begins for everyone else.
        look["direction"] = "rtl"
        anchor = {"start": "end", "end": "start"}.get(anchor, anchor)
    if anchor != "start":
        look["text_anchor"] = anchor
    if words.sure:
        look.update(textLength=words.width, lengthAdjust="spacingAndGlyphs")
    elif slot is not None:
        parent = part(parent, "svg", x=x, y=y - _ABOVE * size, width=slot, height=_FIT * size)
        x, y = 0, _ABOVE * size
    part(parent, "text", words.text, x=x, y=y, **look)


def finished(drawn: Drawn) -> bytes:
    """The picture as UTF-8."""
    return tostring(drawn, "unicode", short_empty_elements=True).encode()


def _attributes(given: dict[str, str | float]) -> dict[str, str]:
    return {
        name.rstrip("_").replace("_", "-"): value if isinstance(value, str) else _number(value)
        for name, value in given.items()
    }


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
