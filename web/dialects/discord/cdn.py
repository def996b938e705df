"""Where the pictures of a person are on Discord's CDN (spec/lantern.md section 5, spec/lanyard.md section 4). Pure."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from actors.upstream.discord_native import CDN, text

_MOVES = "a_"
_DECORATION = 240
"""Pixels: what Discord's own client asks for."""


def avatar_url(ident: str, user: Mapping[str, Any], extension: str | None = None) -> str | None:
    """None for whoever has no picture. Without an extension `.webp`, or `.gif` for one that moves.

    A picture that does not move has no `gif`: it is a `jpg` then.
    """
    avatar = text(user.get("avatar"))
    if not avatar:
        return None
    if extension is None:
        extension = "gif" if moves(avatar) else "webp"
    elif extension == "gif" and not moves(avatar):
        extension = "jpg"
    return f"{CDN}/avatars/{_part(ident)}/{_part(avatar)}.{extension}"


def default_avatar_url(ident: str, user: Mapping[str, Any]) -> str:
    """Which of Discord's own pictures stands for whoever has none."""
    discriminator = text(user.get("discriminator")) or "0"
    if discriminator != "0" and discriminator.isdecimal():
        number = int(discriminator) % 5
    else:
        number = (int(ident) >> 22) % 6 if ident.isdecimal() else 0
    return f"{CDN}/embed/avatars/{number}.png"


def decoration_url(asset: str, *, moving: bool = False) -> str:
    """The frame around an avatar; `moving` is as it was drawn, where it is one of those that move."""
    return f"{CDN}/avatar-decoration-presets/{_part(asset)}.png?size={_DECORATION}&passthrough={str(moving).lower()}"


def moves(asset: str) -> bool:
    """True for an avatar or a decoration of which Discord has an animation."""
    return asset.startswith(_MOVES)


def tag_icon_url(guild: str, badge: str) -> str:
    """The icon of a server tag."""
    return f"{CDN}/guild-tag-badges/{_part(guild)}/{_part(badge)}.webp"


def emoji_url(ident: str) -> str:
    """An emoji of a guild's own; still, also where it moves."""
    return f"{CDN}/emojis/{_part(ident)}.webp"


def _part(piece: str) -> str:
    return quote(piece, safe="")
