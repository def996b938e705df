"""Whether a peer's system still acknowledges what it is sent: an event stream's only pong (tcp(7), TCP_INFO)."""

import socket
import struct

_INFO = struct.Struct("=24xI28xI")
"""Of Linux's tcp_info: tcpi_unacked, in segments, and tcpi_last_ack_recv, in milliseconds before now."""
_ROUGH = 0.1
"""Seconds: the kernel counts in ticks of up to 10 ms."""


def acknowledged(connection: socket.socket, seconds: float) -> bool:
    """False where something is on its way, and nothing was acknowledged for more than so many seconds.

    A peer that has no room for more has nothing on its way to it, and acknowledges that it has none: a slow reader is
    no dead one. True where the system does not tell.
    """
    try:
        told = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO.size)
    except OSError:
        return True
    if len(told) < _INFO.size:
        return True
    unacknowledged, last_ms = _INFO.unpack(told)
    return not unacknowledged or last_ms / 1000 <= seconds + _ROUGH
