"""Dialler: a checked connection to a target. A name is resolved once, and what was checked is what is dialled."""

import socket
import ssl

from actors.errors import Refused, Unavailable
from web.outgoing.addresses import IPAddress, is_public, read_address
from web.outgoing.allowed import Allowed
from web.outgoing.resolver import Resolve
from web.outgoing.target import Target

TRIES = 3
"""Addresses of one name that are tried in turn."""
TRY_SECONDS = 2.0
"""For each of several; the last has what is left of the request's time."""


class Dialler:
    """Opens sockets. Meant to be called in a greenlet that may wait, under a Deadline."""

    def __init__(self, allowed: Allowed, resolve: Resolve, context: ssl.SSLContext) -> None:
        self._allowed = allowed
        self._resolve = resolve
        self._context = context

    def dial(self, target: Target, *, guarded: bool = True) -> socket.socket:
        """A connected socket, with TLS under https. Without `guarded` any address will do.

        Refused: `not-https` or `private-address`. Unavailable: `unknown-host`, `unreachable` or `bad-certificate`.
        """
        if guarded and target.scheme != "https" and not self._allowed:
            raise Refused("not-https")
        literal = read_address(target.host)
        addresses = (literal,) if literal is not None else self._resolve(target.host)
        if guarded:
            for address in addresses:
                self._check(target, address)
        return self._secure(target, _connect(addresses[:TRIES], target.port))

    def _check(self, target: Target, address: IPAddress) -> None:
        if self._allowed.permits(target.host, target.port, address):
            return
        if target.scheme != "https":
            raise Refused("not-https")
        if not is_public(address):
            raise Refused("private-address")

    def _secure(self, target: Target, plain: socket.socket) -> socket.socket:
        if target.scheme != "https":
            return plain
        # The handshake by itself: wrap_socket does not close what it was doing when time is up.
        secure = self._context.wrap_socket(plain, server_hostname=target.host, do_handshake_on_connect=False)
        try:
            secure.do_handshake()
        except ssl.SSLCertVerificationError:
            secure.close()
            raise Unavailable("bad-certificate") from None
        except OSError:
            secure.close()
            raise Unavailable("unreachable") from None
        except BaseException:
            secure.close()
            raise
        return secure


def _connect(addresses: tuple[IPAddress, ...], port: int) -> socket.socket:
    for left, address in zip(range(len(addresses) - 1, -1, -1), addresses, strict=True):
        connection = socket.socket(socket.AF_INET if address.version == 4 else socket.AF_INET6)
        try:
            connection.settimeout(TRY_SECONDS if left else None)
            connection.connect((str(address), port))
            connection.settimeout(None)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError:
            connection.close()
        except BaseException:
            connection.close()
            raise
        else:
            return connection
    raise Unavailable("unreachable")
