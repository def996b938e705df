"""The avatar of a card, with its decoration and the status icon; still and, for whom that is welcome, moving. Pure."""

from web.cards import icons
from web.cards.face import Face
from web.cards.options import Options
from web.cards.scene import Scene
from web.cards.svg import Drawn, part

AVATAR = 96.0
_DECORATION = 1.2 * AVATAR
_DOT, _DOT_CUT = 11.0, 16.0
_DOT_PLACE = AVATAR - _DOT - 3
SLICE = "xMidYMid slice"
"""A picture that is not square fills its square."""


def has_status(seen: Face, options: Options) -> bool:
    """True where the status icon is drawn."""
    return seen.known and not options.hide_status


def avatar(parent: Drawn, seen: Face, scene: Scene, corner: tuple[float, float]) -> None:
    """Draw it from this corner on, AVATAR wide and high."""
    x, y = corner
    half = AVATAR / 2
    mask = part(parent, "mask", id="avatar")
    part(mask, "circle", cx=x + half, cy=y + half, r=half, fill="#fff")
    if has_status(seen, scene.options):
        _leave_free(mask, x, y)
        icons.status(parent, seen.status, x + _DOT_PLACE, y + _DOT_PLACE, _DOT)
    face = part(parent, "g", mask="url(#avatar)")
    if scene.picture(seen.avatar):
        _image(face, scene, (seen.avatar, seen.moving_avatar if scene.options.animated else None), (x, y, AVATAR))
    elif seen.known:
        icons.monogram(face, seen.name, x, y, AVATAR)
    else:
        icons.somebody(face, x, y, AVATAR)
    if not scene.options.hide_decoration and scene.picture(seen.decoration):
        _decoration(parent, seen, scene, x, y)


def _decoration(parent: Drawn, seen: Face, scene: Scene, x: float, y: float) -> None:
    """Discord's frame around the avatar, a fifth larger."""
    over = (_DECORATION - AVATAR) / 2
    frame = part(parent, "g")
    if has_status(seen, scene.options):
        mask = part(parent, "mask", id="decoration")
        part(mask, "rect", x=x - over, y=y - over, width=_DECORATION, height=_DECORATION, fill="#fff")
        _leave_free(mask, x, y)
        frame.set("mask", "url(#decoration)")
    moving = seen.moving_decoration if scene.options.animated_decoration else None
    _image(frame, scene, (seen.decoration, moving), (x - over, y - over, _DECORATION))


def _leave_free(mask: Drawn, x: float, y: float) -> None:
    """Cut out where the status icon stands."""
    part(mask, "circle", cx=x + _DOT_PLACE, cy=y + _DOT_PLACE, r=_DOT_CUT, fill="#000")


def _image(
    parent: Drawn, scene: Scene, addresses: tuple[str | None, str | None], square: tuple[float, float, float]
) -> None:
    """The still in this square, and what moves in its place, if anything: the reader's wish decides (style.py)."""
    x, y, side = square
    place: dict[str, str | float] = {"x": x, "y": y, "width": side, "height": side, "preserveAspectRatio": SLICE}
    still, moving = map(scene.picture, addresses)
    if still and moving:
        part(parent, "image", href=still, **place, class_="still")
        part(parent, "image", href=moving, **place, class_="moving")
    elif still:
        part(parent, "image", href=still, **place)
