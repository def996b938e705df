"""What a form says, and which paths are ours."""

from contextlib import suppress
from urllib.parse import urlencode, urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.errors import Malformed
from web.pages import forms

FORM = "application/x-www-form-urlencoded; charset=utf-8"


@given(st.text(st.sampled_from("/\\\t\n :.@?#%;a\u00e9"), max_size=12).map("/".__add__))
def test_a_path_of_ours_leads_nowhere_else(path):
    assert not forms.own_path(path) or urlsplit(urljoin("http://here.example/login", path)).netloc == "here.example"


@given(
    st.sampled_from(["//evil", "/\\evil", "\\\\evil", "http:evil", "/\t/evil", " //evil", "evil", "", "/\n", "/é"]),
    st.text(),
)
def test_what_a_browser_may_take_for_elsewhere_is_not_ours(start, rest):
    assert not forms.own_path(start + rest)


@pytest.mark.parametrize("path", ["/", "/panel", "/u/a%20b", "/renderer?scope=a&nocss"])
def test_ordinary_paths_are_ours(path):
    assert forms.own_path(path)


@given(st.dictionaries(st.text(min_size=1), st.text(), max_size=5))
def test_a_form_is_read_as_it_was_filled_in(said):
    assert forms.fields(urlencode(said).encode(), FORM) == said


@given(st.binary(max_size=200), st.sampled_from([FORM, "multipart/form-data; boundary=x", "text/plain", "", "a;b=c"]))
def test_junk_is_read_or_malformed(body, kind):
    with suppress(Malformed):
        read = forms.fields(body, kind)
        assert all(isinstance(each, str) for each in (*read, *read.values()))


def test_a_part_without_a_name_says_nothing():
    body = b"--x\r\nContent-Disposition: form-data\r\n\r\na\r\n--x--\r\n"
    assert forms.fields(body, "multipart/form-data; boundary=x") == {}


def test_of_duplicates_the_first_counts():
    assert forms.fields(b"id=a&id=b", FORM) == {"id": "a"}
