"""Admission counts living connections, in all and by address, until their tickets are released."""

import socket
from collections.abc import Hashable

MAPPED = bytes(10) + b"\xff\xff"


def neighbourhood(address: str) -> Hashable:
    """Whom an address counts for: an IPv4 address itself (mapped ones too), the /64 of an IPv6 address."""
    if ":" not in address:
        return address
    packed = socket.inet_pton(socket.AF_INET6, address.partition("%")[0])
    if packed.startswith(MAPPED):
        return socket.inet_ntop(socket.AF_INET, packed[12:])
    return packed[:8]


class Ticket:
    """The right to one connection; whoever closes the socket releases it. Releasing twice counts once."""

    __slots__ = ("_admission", "_neighbours")

    def __init__(self, admission: "Admission", neighbours: Hashable) -> None:
        self._admission: Admission | None = admission
        self._neighbours = neighbours

    def move(self, address: str) -> bool:
        """Count for this address from now on; False, and nothing changed, where its cap is reached."""
        admission, neighbours = self._admission, neighbourhood(address)
        if admission is None or neighbours == self._neighbours:
            return True
        if not admission.has_room(neighbours):
            return False
        admission.leave(self._neighbours)
        admission.enter(neighbours)
        self._neighbours = neighbours
        return True

    def release(self) -> None:
        """Give the place back."""
        admission, self._admission = self._admission, None
        if admission is not None:
            admission.leave(self._neighbours)


class Admission:
    """How many connections may live at once: `total` in all, `per_address` from one neighbourhood; 0 is no cap."""

    def __init__(self, total: int, per_address: int) -> None:
        self.total = total
        self.per_address = per_address
        self.open = 0
        self._by_neighbours: dict[Hashable, int] = {}

    @property
    def full(self) -> bool:
        """Whether nobody at all is admitted now (else a refusal was for the address)."""
        return 0 < self.total <= self.open

    def admit(self, address: str) -> Ticket | None:
        """A ticket for a peer at this textual IP address, or None when a cap is reached."""
        neighbours = neighbourhood(address)
        if self.full or not self.has_room(neighbours):
            return None
        self.enter(neighbours)
        return Ticket(self, neighbours)

    def has_room(self, neighbours: Hashable) -> bool:
        """Whether these neighbours are below the cap of one address."""
        return not 0 < self.per_address <= self._by_neighbours.get(neighbours, 0)

    def enter(self, neighbours: Hashable) -> None:
        """Count one connection of these neighbours more; only a Ticket calls it from outside."""
        self._by_neighbours[neighbours] = self._by_neighbours.get(neighbours, 0) + 1
        self.open += 1

    def leave(self, neighbours: Hashable) -> None:
        """Count one connection of these neighbours less; only a Ticket calls it."""
        self.open -= 1
        living = self._by_neighbours[neighbours] - 1
        if living:
            self._by_neighbours[neighbours] = living
        else:
            del self._by_neighbours[neighbours]
