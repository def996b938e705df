"""presenti's part of /openapi.json (spec/presenti.md section 4): sessions, snapshots, accounts, links, rules."""

from web.dialects.presenti.openapi.accounts import ACCOUNTS
from web.dialects.presenti.openapi.answers import SCHEMES
from web.dialects.presenti.openapi.links import LINKS
from web.dialects.presenti.openapi.rules import RULES
from web.dialects.presenti.openapi.sessions import SNAPSHOT, sessions
from web.openapi.operation import Chapter

CHAPTER = Chapter(
    "presenti",
    "Sessions publish, `WS /presence/{name}` streams, `WS /remote` publishes from one connection.",
    {**sessions(""), **SNAPSHOT, **sessions("/api"), **ACCOUNTS, **LINKS, **RULES},
    SCHEMES,
)
