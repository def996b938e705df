"""Lantern and Lanyard over real sockets and a real server: both dialects see what presenti publishes."""

import json
import subprocess
import sys
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
import websocket

from tests.serving import ROOT, Added, Served, start

pytestmark = pytest.mark.live

ANN, BOB = "100000000000000001", "100000000000000002"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with start(tmp_path_factory.mktemp("house") / "data", config="[limits]\nmessages_per_minute = 0\n") as served:
        yield served


@pytest.fixture(scope="module")
def ann(server: Served) -> Added:
    return known(server, server.user_add("ann", "--discord", ANN), ANN)


@pytest.fixture(scope="module")
def bob(server: Served) -> Added:
    return known(server, server.user_add("bob", "--discord", BOB), BOB)


def known(server: Served, added: Added, ident: str) -> Added:
    """Once the running server has read of the account: an everybody-socket is told of it, or knows it already."""
    socket = Client(server, "/lanyard/socket")
    socket.read()
    socket.say(op=2, d={"subscribe_to_all": True})
    message = socket.read()
    while ident not in message["d"] and message["d"].get("discord_user", {}).get("id") != ident:
        message = socket.read()
    socket.close()
    return added


class Client:
    def __init__(self, server: Served, path: str) -> None:
        self.socket = websocket.create_connection(server.url.replace("http", "ws") + path, timeout=10)

    def say(self, **message: Any) -> None:
        self.socket.send(json.dumps(message))

    def read(self) -> Any:
        opcode, data = self.socket.recv_data()
        if opcode == websocket.ABNF.OPCODE_CLOSE:
            return int.from_bytes(data[:2], "big") if data else 1005
        return json.loads(zlib.decompress(data) if opcode == websocket.ABNF.OPCODE_BINARY else data)

    def close(self) -> None:
        self.socket.shutdown()


@pytest.fixture
def connect(server: Served) -> Iterator[Any]:
    clients: list[Client] = []

    def begin(path: str) -> Client:
        clients.append(Client(server, path))
        return clients[-1]

    yield begin
    for client in clients:
        client.close()


def publish(server: Served, who: Added, title: str) -> None:
    _, _, opened = ask(server, f"/session?token={who.token}")
    body = json.dumps({"presences": [{"title": title}]}).encode()
    put = urllib.request.Request(f"{server.url}/session?token={who.token}&id={opened['sessionID']}", body, method="PUT")
    with urllib.request.urlopen(put) as response:
        assert response.status == 200


def titles(document: Any) -> list[str]:
    return [activity["name"] for activity in document["activities"]]


@pytest.mark.parametrize("path", ["/socket", "/lanyard/socket", "/lanyard/socket?compression=zlib_json"])
def test_lanyard(server: Served, connect: Any, ann: Added, bob: Added, path: str) -> None:
    client = connect(path)
    assert client.read()["d"] == {"heartbeat_interval": 30000}
    client.say(op=2, d={"subscribe_to_ids": [BOB, "1", ANN]})
    state = client.read()
    assert (state["op"], state["t"], list(state["d"])) == (0, "INIT_STATE", [BOB, ANN])
    publish(server, ann, path)
    update = client.read()
    assert (update["t"], update["d"]["discord_user"]["id"]) == ("PRESENCE_UPDATE", ANN)
    assert path in titles(update["d"])
    client.say(op=4, d={"unsubscribe_from_id": ANN})
    publish(server, ann, "unseen")
    publish(server, bob, "seen")
    assert "seen" in titles(client.read()["d"])
    client.say(op=7)
    assert client.read() == 4004


@pytest.mark.parametrize("path", ["/socket", "/lantern/socket?wire=deployed"])
def test_lantern(server: Served, connect: Any, ann: Added, path: str) -> None:
    client = connect(path)
    assert client.read() == {"t": "HELLO", "op": 1, "d": {"heartbeat_interval": 30000}}
    client.say(op=2, d={"user_id": ANN})
    acknowledged = client.read()
    assert (acknowledged["t"], acknowledged["d"]["metadata"]["id"]) == ("INIT_ACK", ANN)
    client.say(op=4)
    assert client.read() == {"t": "HEARTBEAT_ACK", "op": 5}
    publish(server, ann, path)
    update = client.read()
    assert (update["t"], update["op"], titles(update["d"])[-1]) == ("PRESENCE_UPDATE", 6, path)
    assert update["d"]["activities"][0]["type"] == (0 if "deployed" in path else "PLAYING")
    client.say(op=2, d={"user_id": ANN, "padding": "x" * 1024})
    assert client.read() == 1009


def test_who_joins_and_leaves(server: Served, connect: Any, ann: Added) -> None:
    everybody = connect("/lantern/socket")
    everybody.read()
    everybody.say(op=2, d={"user_id": "All"})
    assert ANN in [document["metadata"]["id"] for document in everybody.read()["d"]]
    ident = "100000000000000003"
    carl = server.user_add("carl", "--discord", ident)
    joined = await_event(everybody, "USER_JOINED")
    publish(server, carl, "as he goes")
    assert "as he goes" in titles(await_event(everybody, "PRESENCE_UPDATE")["d"])
    assert joined["d"]["metadata"]["id"] == ident
    one = connect("/lantern/socket")
    one.read()
    one.say(op=2, d={"user_id": ident})
    assert one.read()["t"] == "INIT_ACK"
    command = [sys.executable, "run.py", "--data", str(server.data), "user", "remove", "carl"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    left = everybody.read()
    assert (left["t"], left["d"]) == ("USER_LEFT", {"user_id": ident}), "and not first an update"
    assert one.read() == {"t": "USER_LEFT", "op": 7, "d": {"user_id": ident}}
    assert one.read()["d"]["reason"] == "There is no user to monitor anymore."
    assert one.read() == 1005


def await_event(client: Client, name: str) -> Any:
    message = client.read()
    while message["t"] != name:
        message = client.read()
    return message


def ask(server: Served, path: str, **headers: str) -> tuple[int, Any, Any]:
    """Status, headers and the JSON that came."""
    request = urllib.request.Request(server.url + path, headers=headers)
    try:
        with urllib.request.urlopen(request) as response:
            return response.status, response.headers, json.loads(response.read())
    except urllib.error.HTTPError as refused:
        with refused:
            body = refused.read()
            return refused.code, refused.headers, json.loads(body) if body else None


def test_one_user_over_rest(server: Served, ann: Added) -> None:
    status, headers, lantern = ask(server, f"/api/v1/users/{ANN}")
    assert (status, lantern["metadata"]["id"]) == (200, ANN)
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert ask(server, f"/api/v1/users/{ANN}", **{"If-None-Match": headers["ETag"]})[0] == 304
    status, _, lanyard = ask(server, f"/v1/users/{ANN}")
    assert (status, lanyard["success"], lanyard["data"]["discord_user"]["id"]) == (200, True, ANN)
    assert ask(server, "/v1/users/@me", Authorization=ann.token)[2]["data"]["discord_user"]["id"] == ANN
    assert ask(server, "/v1/users/@me")[0] == 401
    assert ask(server, "/v1/users/@me", Authorization="lnyd_0")[2]["error"]["code"] == "no_permission"
    assert ask(server, "/v1/users/1")[2]["error"]["code"] == "user_not_monitored"


@pytest.mark.usefixtures("ann", "bob")
@pytest.mark.parametrize(
    ("ids", "status", "found"),
    [
        ([BOB, "999999999999999999", ANN], 200, [BOB, ANN]),
        ([ANN], 200, [ANN]),
        ([ANN, *(f"2{number:017}" for number in range(49))], 200, [ANN]),
        ([ANN, *(f"2{number:017}" for number in range(50))], 400, "You can only request up to 50 users at once."),
        ([ANN, ANN], 400, "user_ids must not contain duplicates."),
        (["1"], 400, "user_ids must be an array of strings with 17-19 characters long."),
        ([], 400, "user_ids is required."),
        (["999999999999999999"], 404, "Users you requested are not monitored by Lantern."),
    ],
)
def test_several_users_over_rest(server: Served, ids: list[str], status: int, found: object) -> None:
    answered, _, document = ask(server, "/api/v1/users?" + "&".join(f"user_ids={ident}" for ident in ids))
    assert answered == status
    if status == 200:
        assert [each["metadata"]["id"] for each in document] == found
    else:
        assert document["error"] == found
        assert document.get("errors", found) == found


@pytest.mark.parametrize(
    ("ident", "status", "text"),
    [
        ("abc", 400, "user_id must be a number."),
        ("123", 400, "user_id must be 17-19 characters long."),
        ("+1234567890.12345", 404, "User +1234567890.12345 is not being monitored by Lantern."),
    ],
)
def test_which_id_is_none(server: Served, ident: str, status: int, text: str) -> None:
    assert ask(server, f"/api/v1/users/{ident}")[::2] == (
        status,
        {"error": text, "errors": text} if status == 400 else {"error": text},
    )


def test_a_browser_may_ask_first(server: Served) -> None:
    for path, status in ((f"/api/v1/users/{ANN}", 204), (f"/v1/users/{ANN}", 200)):
        headers = {"Origin": "https://example.org", "Access-Control-Request-Method": "GET"}
        request = urllib.request.Request(server.url + path, headers=headers, method="OPTIONS")
        with urllib.request.urlopen(request) as response:
            assert (response.status, response.headers["Access-Control-Allow-Origin"]) == (status, "*")
            assert "GET" in response.headers["Access-Control-Allow-Methods"]


def asked(server: Served, path: str, **fields: str) -> tuple[int, Any, dict[str, str]]:
    request = urllib.request.Request(
        server.url + path, headers={name.replace("_", "-"): fields[name] for name in fields}
    )
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.load(answer), dict(answer.headers)
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.load(refusal), dict(refusal.headers)


def test_a_socket_without_an_upgrade(server: Served) -> None:
    status, document, _ = asked(server, "/lanyard/socket")
    assert (status, document["error"]) == (400, {"code": "upgrade_failed", "message": "Request failed to upgrade"})
    assert asked(server, "/lantern/socket")[:2] == (404, {"error": "Resource not found."})


@pytest.mark.parametrize(
    "path", [f"/v1/users/{ANN}", "/v1/users/1", f"/api/v1/users/{ANN}", f"/api/v1/users/{ANN}/storage"]
)
def test_answers_are_labelled_as_the_originals_are_and_pages_may_read_their_tag(
    server: Served, ann: Added, path: str
) -> None:
    fields = asked(server, path, Origin="https://page.example")[2]
    assert fields["Content-Type"] == "application/json; charset=utf-8"
    assert fields["Access-Control-Allow-Origin"] == "*"
    assert "ETag" in fields["Access-Control-Expose-Headers"]


def test_what_is_not_there_is_told_in_the_words_of_whose_path_it_is(server: Served) -> None:
    assert asked(server, "/api/v1/nothing")[:2] == (404, {"error": "Resource not found."})
    status, document, _ = asked(server, "/v1/nothing")
    assert (status, document["error"]["code"]) == (404, "not_found")
