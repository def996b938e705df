"""Whether the relay works under these settings, and its maps, which SIGHUP has read again."""

import structlog

from actors.house import House
from actors.messages.relay import Reload
from actors.relay.maps import MapFault, Maps, read_maps
from actors.settings import Settings


def read_relay_maps(settings: Settings) -> Maps:
    """The relay's two maps as they are now; raises MapFault."""
    return read_maps(settings.relay.app_map, settings.relay.instance_map)


def reload_relay_maps(settings: Settings, house: House) -> None:
    """SIGHUP: read both maps again; where either is broken both stay as they were."""
    said = structlog.get_logger()
    if not relays(settings):
        said.info("there is no map to read again")
        return
    try:
        house.relay.tell(Reload(read_relay_maps(settings)))
    except MapFault as fault:
        said.warning("the relay's maps are broken and stay as they were", reason=str(fault))
    else:
        said.info("the relay's maps have been read again")


def relays(settings: Settings) -> bool:
    """Whether the relay works: without a map of apps nobody may register, and what is kept is left alone."""
    return settings.dialects.relay.enabled and settings.relay.app_map is not None
