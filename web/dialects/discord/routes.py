"""The one path that Lantern and Lanyard have in common: `WS /socket` (WIRES section 2)."""

from dataclasses import dataclass

from web.dialects.discord.socket import EitherSession
from web.dialects.lantern.routes import Lantern
from web.dialects.lantern.words import HELLO
from web.dialects.lanyard.routes import Lanyard, wants_zlib
from web.routing import Route
from web.views import Accept, Request


@dataclass(frozen=True, slots=True)
class Shared:
    """The view and the two dialects that it chooses from."""

    lantern: Lantern
    lanyard: Lanyard

    def routes(self) -> tuple[Route, ...]:
        """A trailing slash is accepted."""
        return tuple(Route("GET", rule, self.socket, websocket=True) for rule in ("/socket", "/socket/"))

    def socket(self, request: Request) -> Accept:
        """`compression=zlib_json` decides for Lanyard; else the first INIT does."""
        if wants_zlib(request):
            return Accept(self.lanyard.session(zipped=True, hello=HELLO), binary=True)
        return Accept(EitherSession(self.lantern.session(request), self.lanyard.session(zipped=False)))
