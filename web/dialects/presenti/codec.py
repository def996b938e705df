import orjson

from actors.errors import *
from actors.messages import *
from actors.presence import *


def activities_in(v):
    return tuple(
        Activity(name=d.get("title") or "", native=Native("presenti", d)) for d in (v or []) if isinstance(d, dict)
    )


def docs(p):
    return [a.native.document for a in p.activities]


class Wire:
    every_report = True
    coalesces = False

    def __init__(s, dep, pause):
        s.dep = dep
        s.pause = pause

    def snapshot(s, subj, p):
        return orjson.dumps({"activities": docs(p)})

    def update(s, u):
        return s.snapshot(u.subject, u.after)


def wires(pause):
    return Wire(False, pause), Wire(True, pause)


def session_body(v):
    if not isinstance(v, dict) or not v.get("presences"):
        if not isinstance(v, dict) or v.get("presences") != []:
            raise Malformed("malformed-body")
    return v["presences"]


def snapshot(p):
    return orjson.dumps({"presence": docs(p), "presences": docs(p), "state": {}})


def error(e):
    return 401 if isinstance(e, Refused) else 400, {"error": e.code}


class StreamSession:
    publishes = False

    def __init__(s, name, enc):
        s.name = name
        s.encoding = enc

    def opened(s, now):
        return [Follow(s.name)]

    def received(s, d, now):
        return [Say(b'{"type":1}')] if '"type":0' in d.replace(" ", "") else []

    def authenticated(s, c, now):
        return []


class RemoteSession(StreamSession):
    pass
