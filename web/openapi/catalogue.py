"""The chapters of /openapi.json, and the rules that are for people and stand in none."""

from web.cards.openapi import CHAPTER as CARDS
from web.dialects.dyson.openapi import CHAPTER as DYSON
from web.dialects.heartbeat.openapi import CHAPTER as HEARTBEAT
from web.dialects.lantern.openapi import CHAPTER as LANTERN
from web.dialects.lanyard.openapi import CHAPTER as LANYARD
from web.dialects.native.openapi import CHAPTER as NATIVE
from web.dialects.presenti.openapi import CHAPTER as PRESENTI
from web.dialects.relay.openapi import CHAPTER as RELAY
from web.operators.openapi import CHAPTER as OPERATORS

CHAPTERS = (PRESENTI, DYSON, HEARTBEAT, LANTERN, LANYARD, NATIVE, RELAY, CARDS, OPERATORS)

PAGES = frozenset(
    {
        *("/u/<name>", "/u/<name>/events", "/u/<name>/embed"),
        *("/pages/<name>", "/pages/embed.js", "/pages/embed.css"),
        *("/pages/events", "/u/<name>/frame", "/renderer", "/signup", "/login", "/panel"),
        *("/changepw", "/logout"),
        *("/docs", "/docs/", "/docs/<name>"),
    }
)
