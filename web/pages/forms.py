"""Forms: what was filled in, and where one wanted to go before one had to sign in (spec/presenti.md section 4.12)."""

import re
from collections.abc import Callable
from io import BytesIO

from werkzeug.exceptions import HTTPException
from werkzeug.formparser import FormDataParser
from werkzeug.http import parse_options_header

from actors.errors import Malformed
from web.views import Request

REMEMBERED = "redirect"
_SECONDS = 150
_PARTS = 16
_KINDS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})

# A browser takes `//host` and `/\host` for another server's address, and drops tabs and line ends from any address.
_OWN_PATH = re.compile(r"/(?![/\\])[!-\[\]-~]{0,1023}")


class Form:
    """One form that was sent: it is read when the deed asks for it, and can then be shown again."""

    def __init__(self) -> None:
        self.said: dict[str, str] = {}

    def pair(self, first: str, second: str) -> Callable[[Request], tuple[str, str]]:
        """How to read these two fields; of duplicates the first counts.

        Malformed with `malformed-body` for what is no form, with `missing-fields` where one is missing or empty.
        """

        def read(request: Request) -> tuple[str, str]:
            self.said = fields(request.body(), request.environ.get("CONTENT_TYPE", ""))
            one, other = self.said.get(first, ""), self.said.get(second, "")
            if not (one and other):
                raise Malformed("missing-fields")
            return one, other

        return read


def fields(body: bytes, content_type: str) -> dict[str, str]:
    """The fields by name; Malformed (`malformed-body`)."""
    kind, options = parse_options_header(content_type)
    if kind not in _KINDS:
        raise Malformed("malformed-body")
    parser = FormDataParser(lambda *_, **__: BytesIO(), silent=False, max_form_parts=_PARTS)
    try:
        _, said, _ = parser.parse(BytesIO(body), kind, len(body), options)
    except (ValueError, HTTPException):
        raise Malformed("malformed-body") from None
    # A part may come without a name.
    return {name: text for name, text in said.items() if name}


def own_path(path: str) -> bool:
    """True for a path of this server, and for nothing that a browser may take for an address elsewhere."""
    return _OWN_PATH.fullmatch(path) is not None


def remembered(request: Request) -> str | None:
    """Where the browser wanted to go; None where it does not say, or says what is no path of ours."""
    path = request.cookie(REMEMBERED)
    return path if own_path(path) else None


def remember(path: str, *, https: bool) -> tuple[str, str]:
    """The field that makes it bring this path along when it signs in."""
    return "Set-Cookie", f"{REMEMBERED}={path}; Max-Age={_SECONDS}; {_guards(https)}"


def forget(*, https: bool) -> tuple[str, str]:
    """The field that ends that."""
    return "Set-Cookie", f"{REMEMBERED}=; Max-Age=0; {_guards(https)}"


def _guards(https: bool) -> str:
    return f"Path=/; HttpOnly; SameSite=Lax{'; Secure' if https else ''}"
