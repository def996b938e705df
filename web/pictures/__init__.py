"""Pictures: images from strangers, looked at where they can do no harm before anybody else sees them.

picture.py judges bytes, studio.py does that outside the hub, album.py remembers by address what came of it.
"""

from web.pictures.album import Album
from web.pictures.picture import Picture
from web.pictures.studio import Studio

__all__ = ["Album", "Picture", "Studio"]
