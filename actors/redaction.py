"""What must not be read in a log or a listing: which names are secrets, and how text that holds one is shown."""

import re
from functools import lru_cache
from urllib.parse import unquote

MASK = "***"

_SECRET_NAME = re.compile(r"token|passw|secret|authorization|cookie|credential|api_?key|signing_?key", re.IGNORECASE)

# A name before "=", wherever it may begin; names may be percent-encoded, so each is decoded before it is judged. The
# value is not taken in, since "a=?token=b" has a name within a value.
_NAME = re.compile(r"(?:^|(?<=[?&;\s\"'(,{=]))[^\s=?&;\"'(,{]{1,128}=")
_VALUE = re.compile(r"[^\s&;\"'<>]*")
_QUOTED_PAIR = re.compile(
    r"(?P<name>[\"'][^\"']{0,64}(?:token|passw|secret|authorization|cookie)[^\"']{0,64}[\"']\s*:\s*)"
    r"(?P<value>\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')",
    re.IGNORECASE,
)
_HEADER = re.compile(
    r"(?P<name>\b(?:authorization|cookie)\s*:\s*)(?P<value>[^\r\n]+)"
    r"|(?P<scheme>\b(?:Bearer|Basic|Bot)\s+)(?P<credential>[\w.~+/=-]{16,})",
    re.IGNORECASE,
)
_USER_INFO = re.compile(r"(?P<before>://)[^\s/?#]*@")

# What looks like one of our tokens, wherever somebody has put it: in a path, say, where no name tells what it is.
_TOKEN = re.compile(r"(?<![\w-])(?:[\w-]{43}|lnyd_[0-9a-f]{32})(?![\w-])", re.ASCII)


@lru_cache(1_024)
def names_secret(name: str) -> bool:
    """True for a key whose value nobody should read: `token`, `client_secret`, `Set-Cookie`, ..."""
    return _SECRET_NAME.search(name) is not None


def redacted(text: str) -> str:
    """The text with every secret in it replaced by `***`.

    Masked are the values of `token=`, `id=` and other secret names of a query, quoted values under secret keys,
    credentials of a header, the user information of a URL, and whatever has the form of a token of this server.
    """
    if "=" in text:
        text = _without_query_secrets(text)
    if "://" in text:
        text = _USER_INFO.sub(rf"\g<before>{MASK}@", text)
    if ":" in text and ('"' in text or "'" in text):
        text = _QUOTED_PAIR.sub(rf'\g<name>"{MASK}"', text)
    if len(text) > len("lnyd_") + 31:
        text = _TOKEN.sub(MASK, text)
    return _HEADER.sub(_credentials, text) if " " in text or ":" in text else text


def _credentials(found: re.Match[str]) -> str:
    return f"{found['name'] or found['scheme']}{MASK}"


def _without_query_secrets(text: str) -> str:
    kept, done = [], 0
    for found in _NAME.finditer(text):
        if found.start() >= done and _secret_in_query(text, found):
            kept += [text[done : found.end()], MASK]
            done = _VALUE.match(text, found.end()).end()  # type: ignore[union-attr]  # it matches nothing at all, too
    return "".join([*kept, text[done:]]) if kept else text


def _secret_in_query(text: str, found: re.Match[str]) -> bool:
    name = unquote(found[0][:-1])
    starts_pair = found.start() == 0 or text[found.start() - 1] in "?&;"
    return names_secret(name) or (starts_pair and name.lower() in {"id", "key", "identity"})
