"""First parties over real sockets: sessions for any scope, `/remote` types 5 to 8, merge order (4.6, 5.4 to 5.6)."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from websocket import WebSocket, create_connection

from tests.serving import Served, command
from tests.web.dialects.presenti.caller import call, key_of, signed_up
from tests.web.dialects.presenti.test_links import linked

pytestmark = pytest.mark.live

UNKNOWN = (401, {"error": "Invalid session or token."})


@contextmanager
def socket(server: Served, path: str) -> Iterator[WebSocket]:
    made = create_connection(f"ws://127.0.0.1:{server.port}{path}", timeout=20)
    try:
        yield made
    finally:
        made.shutdown()  # close() would leave a socket open that the server has closed


def send(remote: WebSocket, number: int, data: Any) -> None:
    remote.send(json.dumps({"type": number, "data": data}))


def heard(remote: WebSocket) -> Any:
    return json.loads(remote.recv())


@contextmanager
def identified(server: Served, token: str) -> Iterator[WebSocket]:
    with socket(server, "/remote") as remote:
        send(remote, 3, token)
        assert heard(remote) == {"type": 4, "data": None}
        yield remote


def settled(remote: WebSocket) -> None:
    """Everything that this socket has sent has been handled: it is answered."""
    send(remote, 0, None)
    assert heard(remote) == {"type": 1, "data": None}


def opened(server: Served, token: str) -> str:
    session: str = call(server, "GET", f"/session?token={token}").body["sessionID"]
    return session


def put(server: Served, path: str, token: str, session: str, presences: Any = ()) -> tuple[int, Any]:
    said = call(server, "PUT", f"{path}?token={token}&id={session}", {"presences": presences})
    return said.status, said.body


def shown(server: Served, name: str) -> Any:
    return call(server, "GET", f"/api/presence/{name}").body["presence"]


def test_one_session_speaks_of_many_and_takes_all_of_it_along(open_server: Served, first_party: str) -> None:
    with socket(open_server, "/presence/many-b") as viewer:
        assert heard(viewer) == {"activities": []}
        session = opened(open_server, first_party)
        for prefix, name in (("/session", "many-a"), ("/api/session", "many-b")):
            path = f"{prefix}/{name}"
            assert put(open_server, path, first_party, session, [{"t": name}]) == (200, {"ok": True})
            assert shown(open_server, name) == [{"t": name}]
        assert heard(viewer) == {"activities": [{"t": "many-b"}]}
        assert put(open_server, "/session/many-a", first_party, session, []) == (200, {"ok": True})
        assert shown(open_server, "many-a") == []
        said = call(open_server, "DELETE", f"/session?token={first_party}&id={session}")
        assert (said.status, said.body) == (200, {"ok": True})
        assert heard(viewer) == {"activities": []}
        for path in ("/session/many-a", "/session", "/session/refresh"):
            assert put(open_server, path, first_party, session) == UNKNOWN
        assert call(open_server, "DELETE", f"/session?token={first_party}&id={session}").status == 401


def test_the_lease_of_such_a_session_is_one_for_every_scope(open_server: Served, first_party: str) -> None:
    """expires_ms is 2,000 here: the lists go together, however old each is, and a refresh keeps all of them."""
    with socket(open_server, "/presence/lease-a") as viewer:
        heard(viewer)
        session = opened(open_server, first_party)
        put(open_server, "/session/lease-a", first_party, session, [{"t": 1}])
        put(open_server, "/session/lease-b", first_party, session, [{"t": 2}])
        assert heard(viewer) == {"activities": [{"t": 1}]}
        said = call(open_server, "PUT", f"/session/refresh?token={first_party}&id={session}")
        assert (said.status, said.body) == (200, {"ok": True})
        assert heard(viewer) == {"activities": []}  # by its lease: nobody has done anything
    with socket(open_server, "/presence/lease-b") as viewer:
        first = heard(viewer)
        assert first == {"activities": []} or heard(viewer) == {"activities": []}
    assert put(open_server, "/session/lease-a", first_party, session) == UNKNOWN


def test_who_may_write_to_what(open_server: Served, first_party: str) -> None:
    _, cookie = signed_up(open_server, "writer")
    key = key_of(open_server, cookie)
    theirs, ours = opened(open_server, first_party), opened(open_server, key)
    not_first = (403, {"error": "You are not authorized to use this endpoint."})
    assert put(open_server, "/session/ann", key, ours) == not_first
    assert put(open_server, "/session/ann", key, theirs) == UNKNOWN  # known, but not theirs to know
    assert put(open_server, "/session/ann", key, "junk") == UNKNOWN
    assert put(open_server, "/session/ann", first_party, ours) == UNKNOWN
    assert put(open_server, "/session/ann", "junk", theirs) == UNKNOWN
    missing = (400, {"error": "Please provide a token and session ID."})
    assert put(open_server, "/session/ann", first_party, "") == missing
    no_first = (400, {"error": "First parties are not permitted to use this endpoint."})
    assert put(open_server, "/session", first_party, theirs) == no_first
    for body in (b"{", b"[]", b"null", b'{"presences":null}', b'{"presences":0}', b"{}"):
        said = call(open_server, "PUT", f"/session/ann?token={first_party}&id={theirs}", body)
        assert (said.status, said.body) == (400, {"error": "Malformed body.", "code": 400})
    assert put(open_server, "/session", key, ours, [{"t": 1}]) == (200, {"ok": True})
    assert shown(open_server, "writer") == [{"t": 1}]


def test_no_user_reaches_what_a_first_partys_session_says_of_them(open_server: Served, first_party: str) -> None:
    _, cookie = signed_up(open_server, "spoken-of")
    key, session = key_of(open_server, cookie), opened(open_server, first_party)
    assert put(open_server, "/session/spoken-of", first_party, session, [{"t": "theirs"}])[0] == 200
    assert put(open_server, "/session", key, session, [{"t": "mine"}]) == UNKNOWN
    assert put(open_server, "/session/refresh", key, session) == UNKNOWN
    assert call(open_server, "DELETE", f"/session?token={key}&id={session}").status == 401
    assert shown(open_server, "spoken-of") == [{"t": "theirs"}]


def test_a_first_party_socket_takes_along_what_it_said_of_everybody(open_server: Served, first_party: str) -> None:
    with (
        socket(open_server, "/presence/party-a") as one,
        socket(open_server, "/presence/party-b") as two,
    ):
        heard(one), heard(two)
        with identified(open_server, first_party) as remote:
            send(remote, 5, {"scope": "party-a", "presence": [{"t": 1}, None]})
            send(remote, 5, {"scope": "party-b", "presence": {"t": 2}})
            assert heard(one) == {"activities": [{"t": 1}]}
            assert heard(two) == {"activities": [{"t": 2}]}
            send(remote, 5, {"scope": "party-a", "presence": []})
            assert heard(one) == {"activities": []}
            assert shown(open_server, "party-b") == [{"t": 2}]
        assert heard(two) == {"activities": []}


def test_a_module_elsewhere_hears_of_everybody(open_server: Served, first_party: str) -> None:
    _, cookie = signed_up(open_server, "loud")
    key = key_of(open_server, cookie)
    with identified(open_server, first_party) as module, identified(open_server, key) as publisher:
        send(module, 6, {"event": [6, 7, 99]})
        send(module, 6, {"event": 6})
        settled(module)
        send(publisher, 2, [{"t": 1}])
        presence = {"event": 6, "data": {"scope": "loud", "presence": [{"t": 1}]}}
        assert heard(module) == {"type": 8, "data": presence}
        assert heard(module) == {"type": 8, "data": {"event": 7, "data": {"scope": "loud", "state": {}}}}
        send(module, 7, {"event": 6})
        settled(module)
        send(publisher, 2, [])
        assert heard(module)["data"]["event"] == 7
        send(module, 7, {"event": [7]})
        settled(module)
        send(publisher, 2, [{"t": 2}])
        settled(publisher)
        settled(module)  # nothing came between


def test_a_module_elsewhere_hears_of_the_state_and_of_its_end(open_server: Served, first_party: str) -> None:
    """Section 5.5, event 7: here the gradient's colours come after the presence that wished for them."""
    written = BytesIO()
    Image.new("RGB", (8, 8), (10, 20, 200)).save(written, "PNG")
    image = "data:image/png;base64," + base64.b64encode(written.getvalue()).decode()
    with identified(open_server, first_party) as module, identified(open_server, first_party) as publisher:
        send(module, 6, {"event": 7})
        settled(module)
        wishing = {"title": "x", "image": image, "gradient": {"enabled": True}}
        send(publisher, 5, {"scope": "coloured", "presence": [wishing]})
        gradient = {"color": "#0a14c8", "transition": 2000, "paused": False}
        for state in ({}, {"gradient": gradient}):
            told = {"event": 7, "data": {"scope": "coloured", "state": state}}
            assert heard(module) == {"type": 8, "data": told}
        send(publisher, 5, {"scope": "coloured", "presence": []})
        states = [heard(module)["data"]["data"]["state"]]
        while states[-1]:
            states.append(heard(module)["data"]["data"]["state"])
        assert len(states) <= 2


def test_a_module_elsewhere_hears_of_links(open_server: Served, first_party: str) -> None:
    with identified(open_server, first_party) as module:
        send(module, 6, {"event": [1, 2, 3]})
        settled(module)
        link = linked(open_server, first_party, "told")
        scoped = {**link, "scope": "told"}
        assert heard(module) == {"type": 8, "data": {"event": 1, "data": scoped}}
        path = f"/api/link/{link['uuid']}/pipe"
        call(open_server, "PATCH", path, {"direction": 1}, Authorization=first_party)
        scoped["pipeDirection"] = 1
        assert heard(module) == {"type": 8, "data": {"event": 2, "data": scoped}}
        call(open_server, "DELETE", f"/api/link?uuid={link['uuid']}", Authorization=first_party)
        assert heard(module) == {"type": 8, "data": {"event": 3, "data": scoped}}


def test_the_order_of_all_classes_of_sources(open_server: Served, first_party: str) -> None:
    """The example of section 5.6, word for word."""
    _, cookie = signed_up(open_server, "ordered")
    key = key_of(open_server, cookie)
    session = opened(open_server, key)
    put(open_server, "/session", key, session, [{"id": "a", "t": 3}])
    with identified(open_server, key) as older, identified(open_server, key) as younger:
        send(younger, 2, [{"id": "a", "t": 2}, {"x": 0}])
        settled(younger)
        send(older, 2, [{"id": "a", "t": 1}, {"id": "b"}])
        settled(older)
        with identified(open_server, first_party) as party:
            send(party, 5, {"scope": "ordered", "presence": [{"id": "b", "f": 1}]})
            settled(party)
            call(open_server, "PUT", f"/session/refresh?token={key}&id={session}")
            rest = [{"x": 0}, {"id": "a", "t": 3}]
            assert shown(open_server, "ordered") == [{"id": "b", "f": 1}, {"id": "a", "t": 1}, *rest]
            with socket(open_server, "/presence/ordered") as viewer:
                heard(viewer)
                older.shutdown()
                assert heard(viewer)["activities"] == [{"id": "b", "f": 1}, {"id": "a", "t": 2}, *rest]


def test_a_revoked_first_party_is_cut_off_within_a_second(open_server: Served) -> None:
    made = command(open_server.data, "token", "first-party")
    with socket(open_server, "/presence/revoked") as viewer, identified(open_server, made["token"]) as remote:
        heard(viewer)
        send(remote, 5, {"scope": "revoked", "presence": [{"t": 1}]})
        assert heard(viewer) == {"activities": [{"t": 1}]}
        command(open_server.data, "token", "revoke", made["token_id"])
        remote.settimeout(1.5)  # the command has ended: at most a poll of half a second and the way
        opcode, frame = remote.recv_data()
        assert (opcode, frame[:2]) == (8, (1008).to_bytes(2, "big"))
        assert heard(viewer) == {"activities": []}


def test_a_revoked_first_partys_session_ends_with_all_it_said(open_server: Served) -> None:
    made = command(open_server.data, "token", "first-party")
    session = opened(open_server, made["token"])
    with socket(open_server, "/presence/sessioned") as viewer:
        heard(viewer)
        put(open_server, "/session/sessioned", made["token"], session, [{"t": 1}])
        assert heard(viewer) == {"activities": [{"t": 1}]}
        command(open_server.data, "token", "revoke", made["token_id"])
        viewer.settimeout(1.5)
        assert heard(viewer) == {"activities": []}
