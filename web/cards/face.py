"""Face: what a card shows of a person, whoever made the claims. Pure.

The profile is Discord's where there is one; activities are read in their canonical form (actors/presence.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from actors.presence import Activity, Kind, Presence, Status, Subject
from actors.upstream.discord_native import mapping, number, text
from web.dialects.discord.cdn import avatar_url, decoration_url, default_avatar_url, emoji_url, moves, tag_icon_url
from web.dialects.discord.flags import names
from web.dialects.discord.person import person

AVATAR_SIZE = "?size=256"
"""What Discord's CDN is asked for: the circle is 96 pixels, and screens have up to three dots for each."""

MOVING_SIZE = "?size=128"
"""The same of one that moves, whose every pixel counts once a frame."""

_SPOTIFY = "Spotify"
_LINES = ", "


@dataclass(frozen=True, slots=True)
class Tag:
    """A server tag; `icon` is its address, None where there is none."""

    name: str
    icon: str | None


@dataclass(frozen=True, slots=True)
class Mood:
    """A custom status: its text and its emoji, one of Unicode's or the address of a picture."""

    text: str
    emoji: str
    picture: str | None


@dataclass(frozen=True, slots=True)
class Doing:
    """One activity; `lines` are name, details and state as they came, times are milliseconds since the epoch."""

    kind: Kind
    name: str
    details: str
    state: str
    album: str
    """Of music, where it is said."""
    picture: str | None
    small: str | None
    started_ms: float | None
    ends_ms: float | None
    paused: bool
    application: str | None

    @property
    def is_spotify(self) -> bool:
        """As Lantern knows it: by name (spec/lantern.md section 5.3)."""
        return self.name == _SPOTIFY


@dataclass(frozen=True, slots=True)
class Face:
    """`name` is for people, `handle` is without its @; `status` is online, idle, dnd or offline."""

    name: str
    handle: str | None = None
    avatar: str | None = None
    status: str = "offline"
    badges: tuple[str, ...] = ()
    tag: Tag | None = None
    mood: Mood | None = None
    doings: tuple[Doing, ...] = ()
    last_seen_at: float | None = None
    """In seconds since the epoch; None while somebody is there, and where it was never noticed."""
    known: bool = True
    """False for nobody in particular."""
    moving_avatar: str | None = None
    """The avatar's animation, where there is one; `avatar` is its still."""
    decoration: str | None = None
    """What Discord frames the avatar with."""
    moving_decoration: str | None = None


NOBODY_KNOWN = Face("Unknown user", known=False)
"""The neutral face. Who hides has it too (PROMISES 3.13)."""


def face(subject: Subject, presence: Presence) -> Face:
    """What is to be seen of this user; NOBODY_KNOWN for whoever hides."""
    if presence.status is Status.INVISIBLE:
        return NOBODY_KNOWN
    offline = presence.status is Status.OFFLINE
    shown = person(subject, presence)
    user = mapping(shown.user) if shown is not None else {}
    handle = text(user.get("username"))
    frame = text(mapping(user.get("avatar_decoration_data")).get("asset")) or ""
    return Face(
        name=text(user.get("global_name")) or handle or subject.name,
        handle=handle,
        avatar=_avatar(shown.id, user) if shown is not None else None,
        moving_avatar=_moving_avatar(shown.id, user) if shown is not None else None,
        decoration=decoration_url(frame) if frame else None,
        moving_decoration=decoration_url(frame, moving=True) if moves(frame) else None,
        status=presence.status.value,
        badges=tuple(names(int(number(user.get("public_flags")) or 0))),
        tag=_tag(mapping(user.get("primary_guild"))),
        mood=next((_mood(each) for each in presence.activities if each.kind is Kind.CUSTOM), None),
        doings=tuple(_doing(each) for each in presence.activities if each.kind is not Kind.CUSTOM),
        last_seen_at=presence.kept.last_seen_at if offline else None,
    )


def without_profile(seen: Face, name: str) -> Face:
    """The same by this name, without what would tell strangers who it is at Discord."""
    discords: dict[str, Any] = dict.fromkeys(("handle", "avatar", "moving_avatar", "decoration", "moving_decoration"))
    return replace(seen, name=name, badges=(), tag=None, **discords)


def _avatar(ident: str, user: Mapping[str, Any]) -> str:
    known = avatar_url(ident, user, "webp")  # of a picture that moves, this is its first frame, and light
    return known + AVATAR_SIZE if known else default_avatar_url(ident, user)


def _moving_avatar(ident: str, user: Mapping[str, Any]) -> str | None:
    known = avatar_url(ident, user, "gif")
    return known + MOVING_SIZE if known and moves(text(user.get("avatar")) or "") else None


def _tag(guild: Mapping[str, Any]) -> Tag | None:
    ident, name, badge = (text(guild.get(key)) for key in ("identity_guild_id", "tag", "badge"))
    if guild.get("identity_enabled") is not True or not ident or not name:
        return None
    return Tag(name, tag_icon_url(ident, badge) if badge else None)


def _mood(activity: Activity) -> Mood | None:
    emoji = mapping(_native(activity).get("emoji"))
    ident = text(emoji.get("id"))
    said = Mood(
        _LINES.join(line.text for line in activity.state),
        "" if ident else text(emoji.get("name")) or "",
        emoji_url(ident) if ident else None,
    )
    return said if said.text or said.emoji or said.picture else None


def _doing(activity: Activity) -> Doing:
    image, small, details = activity.image, activity.small_image, activity.details
    return Doing(
        activity.kind,
        activity.name,
        details.text if details else "",
        _LINES.join(line.text for line in activity.state),
        (image.text or "") if image is not None and activity.kind is Kind.LISTENING else "",
        image.source if image else None,
        small.source if small else None,
        activity.started_ms,
        activity.ends_ms,
        activity.paused is True,
        text(_native(activity).get("application_id")),
    )


def _native(activity: Activity) -> Mapping[str, Any]:
    return mapping(activity.native.document) if activity.native is not None else {}
