"""A URL is understood in one way only, or refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.errors import Refused
from web.outgoing.target import Target


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://example.org", Target("https", "example.org", 443, "/")),
        ("HTTPS://EXAMPLE.org:8443/a?b=c#d", Target("https", "example.org", 8443, "/a?b=c")),
        ("https://example.org./x", Target("https", "example.org", 443, "/x")),
        ("http://127.0.0.1:80/", Target("http", "127.0.0.1", 80, "/")),
        ("https://[2606:4700::1111]:8/", Target("https", "2606:4700::1111", 8, "/")),
        ("https://bücher.example/ü?ü", Target("https", "xn--bcher-kva.example", 443, "/%C3%BC?%C3%BC")),
        ("https://\uff11\uff12\uff17.0.0.1/", Target("https", "127.0.0.1", 443, "/")),
        ("https://example.org/%41?%2f", Target("https", "example.org", 443, "/%41?%2f")),
    ],
)
def test_understood(url: str, target: Target) -> None:
    assert Target.read(url) == target
    assert Target.read(target.url) == target


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("", "bad-scheme"),
        ("ftp://example.org/", "bad-scheme"),
        ("file:///etc/passwd", "bad-scheme"),
        ("//example.org/", "bad-scheme"),
        ("https://user@example.org/", "user-info"),
        ("https://user:secret@example.org/", "user-info"),
        ("https://example.org@127.0.0.1/", "user-info"),
        ("https:///path", "bad-host"),
        ("https://./", "bad-host"),
        ("https://a..b/", "bad-host"),
        ("https://2130706433/", "bad-host"),
        ("https://0x7f000001/", "bad-host"),
        ("https://0x7f.1/", "bad-host"),
        ("https://0177.0.0.1/", "bad-host"),
        ("https://127.1/", "bad-host"),
        ("https://127.0.0.1.1/", "bad-host"),
        ("https://\uff11\uff12\uff17.1/", "bad-host"),
        ("https://[fe80::1%25eth0]/", "bad-host"),
        ("https://ex ample.org/", "bad-url"),
        ("https://example.org\\@127.0.0.1/", "bad-url"),
        ("https://example.org/\r\nHost: x", "bad-url"),
        ("https://example.org\x00/", "bad-url"),
        ("https://example.org:99999/", "bad-url"),
        ("https://example.org:0/", "bad-url"),
        ("https://example.org:-1/", "bad-url"),
        ("https://example.org:8_0/", "bad-url"),
        ("https://[::1/", "bad-url"),
        ("https://" + "a" * 64 + ".example/", "bad-host"),
        ("https://" + "a." * 200 + "example/", "bad-host"),
        ("https://example.org/" + "a" * 4096, "bad-url"),
    ],
)
def test_refused(url: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        Target.read(url)
    assert refused.value.code == code
    assert "secret" not in str(refused.value)


@given(st.text(max_size=60))
def test_whatever_it_is_it_is_one_target_or_refused(text: str) -> None:
    for url in (text, f"https://{text}/", f"https://example.org/{text}"):
        try:
            target = Target.read(url)
        except Refused:
            continue
        assert Target.read(target.url) == target
        assert target.host.isascii()
        assert target.path.isascii()
        assert target.path.startswith("/")


def test_a_redirect_is_read_like_any_other_address() -> None:
    here = Target.read("https://example.org/a/b?c")
    assert here.onward("../d").url == "https://example.org:443/d"
    assert here.onward("//other.example/").host == "other.example"
    with pytest.raises(Refused, match="user-info"):
        here.onward("https://a@b/")
