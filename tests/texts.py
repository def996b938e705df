"""Any text that Python can hold, for property tests: beside other characters `st.text` never draws a lone surrogate."""

from hypothesis import strategies as st

_CHARACTERS = st.characters() | st.characters(categories=["Cs"])


def any_text(*, most: int = 30) -> st.SearchStrategy[str]:
    """Text of so many characters at most, lone surrogates among them."""
    return st.lists(_CHARACTERS, max_size=most).map("".join)
