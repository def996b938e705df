"""EdgeLimits: every number the front door obeys, in one value."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EdgeLimits:
    """Sizes in bytes, times in seconds, counts of connections; a connection count of 0 switches that cap off."""

    connections: int = 12_000
    connections_per_address: int = 100
    request_line: int = 8 * 1024
    header_fields: int = 64
    header_bytes: int = 32 * 1024
    body: int = 64 * 1024
    head_time: float = 10.0
    body_time: float = 30.0
    idle_time: float = 15.0
    write_time: float = 30.0
    linger_time: float = 2.0

    def __post_init__(self) -> None:
        """Raise ValueError where no server could live under a number."""
        sizes = (self.request_line, self.header_fields, self.header_bytes)
        times = (self.head_time, self.body_time, self.idle_time, self.write_time, self.linger_time)
        if min(sizes) < 1 or min(times) <= 0:
            raise ValueError("sizes of a head and times must be above zero")
        if min(self.connections, self.connections_per_address, self.body) < 0:
            raise ValueError("counts of connections and the body's size must not be below zero")
