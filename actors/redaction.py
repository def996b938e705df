"""What must not be read in a log or a listing: which names are secrets, and how text that holds one is shown."""

import re
from urllib.parse import unquote

MASK = "***"

_SECRET_NAME = re.compile(r"token|passw|secret|authorization|cookie|credential|api_?key|signing_?key", re.IGNORECASE)

# Every "name=value" of a query: names may be percent-encoded, so each is decoded before it is judged.
_QUERY_PAIR = re.compile(r"(?P<before>^|[?&;\s\"'(,{])(?P<name>[^\s=?&;\"'(,{]{1,128})=(?P<value>[^\s&;\"'<>]+)")
_QUOTED_PAIR = re.compile(
    r"(?P<name>[\"'][^\"']{0,64}(?:token|passw|secret|authorization|cookie)[^\"']{0,64}[\"']\s*:\s*)"
    r"(?P<value>\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')",
    re.IGNORECASE,
)
_HEADER = re.compile(
    r"(?P<name>\b(?:authorization|cookie|set-cookie)\s*:\s*|\b(?:Bearer|Bot)\s+)(?P<value>[^\r\n\"']+)", re.IGNORECASE
)
_USER_INFO = re.compile(r"(?P<before>://)[^\s/?#]*@")


def names_secret(name: str) -> bool:
    """True for a key whose value nobody should read: `token`, `client_secret`, `Set-Cookie`, ..."""
    return _SECRET_NAME.search(name) is not None


def redacted(text: str) -> str:
    """The text with every secret in it replaced by `***`.

    Masked are the values of `token=`, `id=` and other secret names of a query, quoted values under secret keys,
    credentials of a header, and the user information of a URL.
    """
    if "=" in text:
        text = _QUERY_PAIR.sub(_query_pair, text)
    if "://" in text:
        text = _USER_INFO.sub(rf"\g<before>{MASK}@", text)
    if ":" in text:
        text = _QUOTED_PAIR.sub(rf'\g<name>"{MASK}"', text)
    return _HEADER.sub(rf"\g<name>{MASK}", text) if " " in text or ":" in text else text


def _query_pair(found: re.Match[str]) -> str:
    name = unquote(found["name"])
    in_query = found["before"] in {"", "?", "&", ";"}
    if names_secret(name) or (in_query and name.lower() in {"id", "key", "identity"}):
        return f"{found['before']}{found['name']}={MASK}"
    return found[0]
