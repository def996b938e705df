"""Text: what can be said of any, whoever wrote it. Pure."""

import re
from itertools import islice

import wcwidth

_SURROGATE = re.compile(r"[\ud800-\udfff]")


def is_unicode(text: str) -> bool:
    """False for lone surrogates, which no wire can say: a command line that is not UTF-8 has some, and modules may."""
    return text.isascii() or not _SURROGATE.search(text)


def is_longer(text: str, most: int) -> bool:
    """True for more than so many of what a reader takes for one character, such as a flag or a marked letter."""
    return len(text) > most and next(islice(wcwidth.iter_graphemes(text), most, None), None) is not None
