"""Key-values over a real server: every route and text of both dialects, and one store beneath them."""

import http.client
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import websocket

from tests.live.clients import until
from tests.serving import Added, Served, command, start, user_add
from tests.web.dialects.discord.kv_client import ANN, BOB, LANTERN, LANYARD, UNLINKED, ask

pytestmark = pytest.mark.live
PLENTY = "[limits]\nrequests_per_second = 0\nconnections_per_address = 0\n"


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    data = tmp_path_factory.mktemp("kv") / "data"
    return {
        "data": data,
        "ann": user_add(data, "ann", "--discord", ANN),
        "bob": user_add(data, "bob", "--discord", BOB),
        "lantern": command(data, "kv", "token", "ann", "--dialect", "lantern")["token"],
        "lanyard": command(data, "kv", "token", "ann", "--dialect", "lanyard")["token"],
    }


@pytest.fixture(scope="module")
def server(people: dict[str, Any]) -> Iterator[Served]:
    with start(people["data"], config=PLENTY) as served:
        yield served


@pytest.fixture
def token(server: Served, people: dict[str, Any]) -> str:
    """Ann's, of Lantern; she keeps nothing yet."""
    assert ask(server, "DELETE", LANTERN, people["lantern"]).status == 200
    return people["lantern"]


def test_lantern_from_put_to_delete(server: Served, token: str) -> None:
    assert ask(server, "GET", LANTERN).body == {}
    for value in ("Izmir", "", "\0 ü 😀"):
        put = ask(server, "PUT", f"{LANTERN}/location", token, {"value": value})
        assert (put.status, put.body) == (200, {"success": True})
        assert put.fields["Access-Control-Allow-Origin"] == "*"
        assert ask(server, "GET", f"{LANTERN}/location").body == {"value": value}
    assert ask(server, "PATCH", f"{LANTERN}/location/", token, {"value": "B"}).body == {"success": True}
    ask(server, "PUT", f"{LANTERN}/a", token, {"value": "1"})
    assert list(ask(server, "GET", f"{LANTERN}/").body.items()) == [("location", "B"), ("a", "1")]
    assert ask(server, "GET", f"/api/v1/users/{ANN}").body["storage"] == {"location": "B", "a": "1"}
    assert ask(server, "DELETE", f"{LANTERN}/a", token).body == {"success": True}
    assert ask(server, "DELETE", LANTERN, token).body == {"success": True}
    assert ask(server, "GET", LANTERN).body == {}
    head = ask(server, "HEAD", LANTERN)
    assert (head.status, head.body, head.fields["Content-Length"]) == (200, b"", "2")


TOO_LONG = "value must not exceed 30,000 characters."


@pytest.mark.parametrize(
    ("method", "path", "body", "text"),
    [
        ("GET", "/api/v1/users/abc/storage", None, "user_id must be a number."),
        ("PUT", "/api/v1/users/123/storage/_", {}, "user_id must be 17-19 characters long."),
        ("GET", f"{LANTERN}/{'k' * 256}", None, "key must be 1-255 characters long."),
        ("DELETE", f"{LANTERN}/a_b", None, "key must be alphanumeric."),
        ("GET", f"{LANTERN}/a%20", None, "key must be alphanumeric."),
        ("PUT", f"{LANTERN}/%C3%BC", {"value": 1}, "key must be alphanumeric."),
        ("PUT", f"{LANTERN}/a", {}, "value is required."),
        ("PUT", f"{LANTERN}/a?value=x", None, "value is required."),
        ("PUT", f"{LANTERN}/a", b"", "value is required."),
        ("PATCH", f"{LANTERN}/a", ["value"], "value is required."),
        ("PUT", f"{LANTERN}/a", {"value": None}, "value must be a string."),
        ("PUT", f"{LANTERN}/a", {"value": 7}, "value must be a string."),
        ("PUT", f"{LANTERN}/a", {"value": "x" * 30_001}, TOO_LONG),
        ("PUT", f"{LANTERN}/a", '{"value":', "body must be a JSON object."),
        ("PUT", f"{LANTERN}/a", '{"value":"\\ud800"}', "body must be a JSON object."),
    ],
)
def test_lantern_refuses_what_breaks_a_rule_before_it_asks_who(
    server: Served, method: str, path: str, body: Any, text: str
) -> None:
    said = ask(server, method, path, "nobody's", body)
    assert (said.status, said.body) == (400, {"error": text, "errors": text})


def test_lantern_reads_no_body_of_another_type(server: Served, token: str) -> None:
    for kind in ("text/plain", None):
        said = ask(server, "PUT", f"{LANTERN}/a", token, {"value": "x"}, kind)
        assert said.body["error"] == "value is required."
    assert ask(server, "PUT", f"{LANTERN}/a", token, {"value": "x"}, "application/json; charset=utf-8").status == 200


def test_lantern_asks_in_its_order(server: Served, token: str, people: dict[str, Any]) -> None:
    nobody, gone = f"/api/v1/users/{UNLINKED}/storage", "nokey"
    monitored = {"error": f"User {UNLINKED} is not being monitored by Lantern."}
    for method, path in (("GET", nobody), ("PUT", f"{nobody}/a"), ("DELETE", nobody)):
        said = ask(server, method, path, "nobody's", {"value": "x"})
        assert (said.status, said.body) == (404, monitored)
    for method in ("PUT", "PATCH", "DELETE"):
        for wrong in (None, "", "nobody's", f"Bearer {token}", people["bob"].token, token.lower()):
            said = ask(server, method, f"{LANTERN}/{gone}", wrong, {"value": "x"})
            assert (said.status, said.body) == (401, {"error": "Unauthorized."}), (method, wrong)
    assert ask(server, "DELETE", LANTERN, "nobody's").status == 401
    for method in ("GET", "PATCH", "DELETE"):
        said = ask(server, method, f"{LANTERN}/{gone}", token, {"value": "😀" * 15_001})
        assert (said.status, said.body) == (404, {"error": "Key nokey does not exist in the storage."})
    said = ask(server, "PUT", f"{LANTERN}/{gone}", token, {"value": "😀" * 15_001})
    assert (said.status, said.body["error"]) == (400, "Invalid key-value pair.")
    assert ask(server, "PUT", f"{LANTERN}/{gone}", token, {"value": "x" * 30_000}).status == 200
    assert ask(server, "POST", LANTERN, token).body == {"error": "Resource not found."}


def test_lanyard_from_put_to_delete(server: Served, token: str, people: dict[str, Any]) -> None:
    key = people["lanyard"]
    for name in (ANN, "@me"):
        path = f"/v1/users/{name}/kv"
        for value in (b"", b'{"any": "bytes"}', "ü😀".encode()):
            put = ask(server, "PUT", f"{path}/my_key", key, value, "application/x-www-form-urlencoded")
            assert (put.status, put.body, put.fields["Content-Length"]) == (204, b"", None)
            assert ask(server, "GET", f"/v1/users/{ANN}").body["data"]["kv"] == {"my_key": value.decode()}
        merged = ask(server, "PATCH", path, key, {"b": "2", "my_key": "3"}, "text/plain")
        assert (merged.status, merged.body) == (204, b"")
        assert ask(server, "GET", "/v1/users/@me", key).body["data"]["kv"] == {"my_key": "3", "b": "2"}
        families = "👪🏽" * 30_000  # sixty thousand code points
        assert ask(server, "PUT", f"{path}/b", key, families.encode()).status == 204
        assert ask(server, "GET", f"/v1/users/{ANN}").body["data"]["kv"]["b"] == families
        for field in ("my_key", "b", "never", "%C3%BC"):
            assert ask(server, "DELETE", f"{path}/{field}", key).status == 204
        assert ask(server, "GET", LANTERN).body == {}


def test_lanyard_says_404_for_what_breaks_a_rule(server: Served, token: str, people: dict[str, Any]) -> None:
    key = people["lanyard"]
    long, wide = "k" * 256, "x" * 30_001
    too_long, odd = "key must be 255 characters or less", "key must be alphanumeric (a-zA-Z0-9_)"
    too_wide = "value must be 30000 characters or less"
    for field, value, text in (
        (long, wide, too_long),
        ("a-b", wide, odd),
        ("a%20", "", odd),
        ("a", wide, too_wide),
        ("a", "e\u0301" * 30_001, too_wide),
        ("e%CC%81" * 255, "", odd),
        ("e%CC%81" * 256, "", too_long),
        ("a", b"\xff", "value must be valid UTF-8"),
    ):
        said = ask(server, "PUT", f"{LANYARD}/{field}", key, value)
        error = {"code": "kv_validation_failed", "message": text}
        assert (said.status, said.body) == (404, {"success": False, "error": error})
    for pairs, text in (({"a": "1", long: "2"}, too_long), ({"-": "1"}, odd), ({"a": "1", "b": wide}, too_wide)):
        assert ask(server, "PATCH", LANYARD, key, pairs).body["error"]["message"] == text
    no_object = {"code": "invalid_kv_value", "message": "body must be an object"}
    for body in ({"a": 1}, {"a": None}, {"a": {"b": "c"}}, ["a"], '"a"', "{", "", '{"a":"\\udc00"}'):
        said = ask(server, "PATCH", LANYARD, key, body)
        assert (said.status, said.body["error"]) == (404, no_object), body
    assert ask(server, "GET", LANTERN).body == {}, "nothing was written"
    no_route = {"code": "not_found", "message": "Route does not exist"}
    for method, path in (("GET", LANYARD), ("GET", f"{LANYARD}/a"), ("POST", LANYARD), ("PUT", LANYARD)):
        said = ask(server, method, path, key)
        assert (said.status, said.body["error"]) == (404, no_route)


def test_lanyard_lets_the_owner_alone_write(server: Served, token: str, people: dict[str, Any]) -> None:
    for wrong in (None, "", "lnyd_0", f"Bearer {people['lanyard']}", people["bob"].token):
        for method, path in (("PUT", f"{LANYARD}/a"), ("PATCH", LANYARD), ("DELETE", f"{LANYARD}/a")):
            said = ask(server, method, path, wrong, {"-": 1})
            assert (said.status, said.body["error"]["code"]) == (401, "no_permission")
    assert ask(server, "PUT", f"/v1/users/{BOB}/kv/a", people["lanyard"], "x").status == 401
    assert ask(server, "PUT", "/v1/users/@me/kv/a", None, "x").status == 401


def test_a_token_of_scope_kv_opens_both(server: Served, token: str, people: dict[str, Any]) -> None:
    ann: Added = people["ann"]
    for each in (ann.token, token, people["lanyard"]):
        assert ask(server, "PUT", f"{LANTERN}/a", each, {"value": each}).status == 200
        assert ask(server, "PATCH", LANYARD, each, {"b": each}).status == 204
        assert ask(server, "GET", LANTERN).body == {"a": each, "b": each}
    other = command(server.data, "token", "create", "ann", "--scope", "publish")["token"]
    assert ask(server, "PUT", f"{LANTERN}/a", other, {"value": ""}).status == 401
    assert ask(server, "PUT", f"{LANYARD}/a", other, "").status == 401


def test_512_pairs_and_not_one_more(server: Served, token: str, people: dict[str, Any]) -> None:
    key = people["lanyard"]
    assert ask(server, "PATCH", LANYARD, key, {f"k{number}": "x" for number in range(511)}).status == 204
    text = "request would exceed the key limit (512), please delete some keys first"
    said = ask(server, "PATCH", LANYARD, key, {"more": "x", "most": "x", "k0": "y"})
    assert (said.status, said.body["error"]) == (404, {"code": "kv_validation_failed", "message": text})
    said = ask(server, "PATCH", LANYARD, key, {f"m{number}": "x" for number in range(600)})
    assert said.body["error"]["message"] == text
    assert ask(server, "PUT", f"{LANTERN}/last", token, {"value": "x"}).status == 200
    said = ask(server, "PUT", f"{LANTERN}/more", token, {"value": "x"})
    assert (said.status, said.body["error"]) == (400, "A storage can hold at most 512 key-value pairs.")
    text = "request would exceed key limit (512), please delete keys first"
    assert ask(server, "PUT", f"{LANYARD}/--", key, "x").body["error"]["message"] == text
    assert ask(server, "PUT", f"{LANYARD}/k0", key, "y").status == 204
    kept = ask(server, "GET", LANTERN).body
    assert (len(kept), kept["k0"], "more" in kept) == (512, "y", False)


def test_a_million_characters_and_not_one_more(server: Served, token: str, people: dict[str, Any]) -> None:
    key, full = people["lanyard"], {"code": "kv_validation_failed"}
    for turn in range(5):
        pairs = {f"k{turn}{number}": "x" * 24_997 for number in range(8)}
        assert ask(server, "PATCH", LANYARD, key, pairs).status == 204
    full["message"] = "request would exceed 1000000 characters in all keys and values, please delete keys first"
    for said in (ask(server, "PUT", f"{LANYARD}/a", key, ""), ask(server, "PATCH", LANYARD, key, {"a": ""})):
        assert (said.status, said.body["error"]) == (404, full)
    said = ask(server, "PUT", f"{LANTERN}/a", token, {"value": ""})
    assert (said.status, said.body["error"]) == (400, "A storage can hold at most 1,000,000 characters.")


def test_bodies_have_a_limit_of_their_own(server: Served, token: str, people: dict[str, Any]) -> None:
    wide = {f"k{number}": "x" * 20_000 for number in range(10)}
    assert ask(server, "PATCH", LANYARD, people["lanyard"], wide).status == 204
    assert ask(server, "GET", LANTERN).body == wide
    connection_closed = ask(server, "PUT", f"{LANYARD}/a", people["lanyard"], "x" * (256 * 1024 + 1))
    assert connection_closed.status == 413
    assert ask(server, "POST", "/ping", None, "x" * (64 * 1024 + 1)).status == 413


def test_a_browser_may_write(server: Served, token: str, people: dict[str, Any]) -> None:
    for path, status in ((f"{LANTERN}/a", 204), (LANTERN, 204), (f"{LANYARD}/a", 200), (LANYARD, 200)):
        for method in ("PUT", "PATCH", "DELETE"):
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
            asked = {
                "Origin": "https://page.example",
                "Access-Control-Request-Method": method,
                "Access-Control-Request-Headers": "authorization,content-type",
            }
            connection.request("OPTIONS", path, headers=asked)
            answer = connection.getresponse()
            assert (answer.status, answer.read()) == (status, b"")
            assert answer.headers["Access-Control-Allow-Origin"] == "*"
            assert method in answer.headers["Access-Control-Allow-Methods"]
            allowed = answer.headers["Access-Control-Allow-Headers"].lower()
            assert "authorization" in allowed
            assert "content-type" in allowed
            connection.close()


# --- sockets ----------------------------------------------------------------------------------------------------------


def _socket(server: Served, path: str, init: Any) -> websocket.WebSocket:
    opened = websocket.create_connection(server.url.replace("http", "ws") + path, timeout=10)
    opened.send(json.dumps({"op": 2, "d": init}))
    while json.loads(opened.recv())["op"] not in {0, 3}:
        pass
    return opened


def test_every_watcher_of_both_dialects_hears_of_a_change(server: Served, token: str, people: dict[str, Any]) -> None:
    documented = [_socket(server, "/socket", {"user_id": who}) for who in (ANN, "ALL")]
    deployed = _socket(server, "/lantern/socket?wire=deployed", {"user_ids": [ANN, BOB]})
    lanyard = [
        _socket(server, "/lanyard/socket", init) for init in ({"subscribe_to_id": ANN}, {"subscribe_to_all": True})
    ]
    presenti = websocket.create_connection(f"{server.url.replace('http', 'ws')}/presence/ann", timeout=10)
    presenti.recv()
    ask(server, "PUT", f"{LANTERN}/a", token, {"value": "1"})
    ask(server, "PUT", f"{LANTERN}/a", token, {"value": "1"})
    ask(server, "PATCH", LANYARD, people["lanyard"], {"b": "2"})
    ask(server, "DELETE", LANTERN, token)
    told: list[dict[str, str]] = [{"a": "1"}, {"a": "1", "b": "2"}, {}]
    for reader in documented:
        assert [json.loads(reader.recv()) for _ in told] == [{"t": "STORAGE_UPDATE", "op": 10, "d": d} for d in told]
    messages = [json.loads(deployed.recv()) for _ in told]
    assert [(each["t"], each["d"]["storage"]) for each in messages] == [("STORAGE_UPDATE", each) for each in told]
    for reader in lanyard:
        messages = [json.loads(reader.recv()) for _ in told]
        assert [(each["t"], each["d"]["kv"]) for each in messages] == [("PRESENCE_UPDATE", each) for each in told]
    session = json.loads(_get(server, f"/session?token={people['ann'].token}"))["sessionID"]
    target = f"/session?token={people['ann'].token}&id={session}"
    assert ask(server, "PUT", target, None, {"presences": [{"title": "Chess"}]}).status == 200
    assert "Chess" in presenti.recv(), "of key-values alone a dialect that shows none says nothing"
    assert ask(server, "DELETE", target).status == 200, "else its lease ends in a later test"
    for reader in (*documented, deployed, *lanyard, presenti):
        reader.shutdown()


def _get(server: Served, path: str) -> bytes:
    return json.dumps(ask(server, "GET", path).body).encode()


# --- many at once -----------------------------------------------------------------------------------------------------


def test_no_update_is_lost_of_many_who_patch_at_once(server: Served, token: str, people: dict[str, Any]) -> None:
    def write(number: int) -> int:
        if number % 2:
            return ask(server, "PATCH", LANYARD, people["lanyard"], {f"k{number}": str(number), "shared": "x"}).status
        return ask(server, "PUT", f"{LANTERN}/k{number}", token, {"value": str(number)}).status

    with ThreadPoolExecutor(50) as crew:
        assert set(crew.map(write, range(300))) == {200, 204}
    kept = ask(server, "GET", LANTERN).body
    assert {key: value for key, value in kept.items() if key != "shared"} == {f"k{n}": str(n) for n in range(300)}


# --- beside the server ------------------------------------------------------------------------------------------------


def test_commands_beside_the_server_are_followed(server: Served, token: str, people: dict[str, Any]) -> None:
    data = server.data
    reader = _socket(server, "/lantern/socket", {"user_id": ANN})
    assert command(data, "kv", "set", "ann", "my_key", "by hand") == {"name": "ann", "pairs": 1}
    assert json.loads(reader.recv())["d"] == {"my_key": "by hand"}
    assert ask(server, "GET", LANTERN).body == {"my_key": "by hand"}
    assert command(data, "kv", "get", "ann", "my_key") == {"key": "my_key", "value": "by hand"}
    assert ask(server, "PUT", f"{LANTERN}/b", token, {"value": "2"}).status == 200
    assert command(data, "kv", "list", "ann") == {"my_key": "by hand", "b": "2"}
    assert command(data, "kv", "delete", "ann", "my_key") == {"name": "ann", "pairs": 1}
    for told in ({"my_key": "by hand", "b": "2"}, {"b": "2"}):
        assert json.loads(reader.recv())["d"] == told
    reader.shutdown()


def test_a_new_token_ends_the_one_before(server: Served, people: dict[str, Any]) -> None:
    data = server.data
    for dialect in ("lantern", "lanyard"):
        old = command(data, "kv", "token", "bob", "--dialect", dialect)["token"]
        new = command(data, "kv", "token", "bob", "--dialect", dialect)["token"]
        path = f"/v1/users/{BOB}/kv/{dialect}"
        assert ask(server, "PUT", path, new, "new").status == 204
        until(lambda old=old: ask(server, "DELETE", f"/v1/users/{BOB}/kv/none", old).status == 401)
        assert ask(server, "PUT", path, new, "newer").status == 204
        assert ask(server, "GET", f"/v1/users/{BOB}").body["data"]["kv"][dialect] == "newer"
