"""Where pictures are on Discord's CDN."""

import pytest

from web.dialects.discord.cdn import avatar_url, default_avatar_url, emoji_url, tag_icon_url

CDN = "https://cdn.discordapp.com"


@pytest.mark.parametrize(
    ("avatar", "extension", "name"),
    [
        ("abc", None, "abc.webp"),
        ("a_abc", None, "a_abc.gif"),
        ("abc", "png", "abc.png"),
        ("abc", "gif", "abc.jpg"),
        ("a_abc", "gif", "a_abc.gif"),
        ("a_abc", "webp", "a_abc.webp"),
        ("../x?y", "png", "..%2Fx%3Fy.png"),
    ],
)
def test_an_avatar(avatar: str, extension: str | None, name: str) -> None:
    assert avatar_url("1", {"avatar": avatar}, extension) == f"{CDN}/avatars/1/{name}"


def test_who_has_none_has_one_of_discords_own() -> None:
    assert avatar_url("1", {"avatar": None}) is None
    new = "175928847299117063"
    assert default_avatar_url(new, {"discriminator": "0"}) == f"{CDN}/embed/avatars/{(int(new) >> 22) % 6}.png"
    assert default_avatar_url(new, {"discriminator": "1234"}) == f"{CDN}/embed/avatars/4.png"
    assert default_avatar_url("ann", {}) == f"{CDN}/embed/avatars/0.png"


def test_icons_and_emoji() -> None:
    assert tag_icon_url("1", "b") == f"{CDN}/guild-tag-badges/1/b.webp"
    assert emoji_url("12") == f"{CDN}/emojis/12.webp"
