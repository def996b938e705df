"""DysonNetwork over a real server: durable before its answer, shown in every dialect, told to every socket."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
import websocket

from tests.serving import Added, Served, start, user_add

pytestmark = pytest.mark.live
UNLIMITED = "[limits]\nrequests_per_second = 0\n"


@pytest.fixture
def people(tmp_path: Path) -> dict[str, Added]:
    return {name: user_add(tmp_path / "data", name) for name in ("alice", "bob")}


@pytest.fixture
def server(tmp_path: Path, people: dict[str, Added]) -> Iterator[Served]:
    with start(tmp_path / "data", config=UNLIMITED) as served:
        yield served


def call(url: str, method: str = "GET", body: Any = None, token: str = "", kind: str = "application/json") -> Any:
    """Status, parsed body (None where empty), fields."""
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(url, data, method=method)
    if data is not None:
        request.add_header("Content-Type", kind)
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request) as answer:
            status, text, fields = answer.status, answer.read(), answer.headers
    except urllib.error.HTTPError as refused:
        with refused:
            status, text, fields = refused.code, refused.read(), refused.headers
    return status, json.loads(text) if text else None, fields


def test_from_post_to_history(server: Served, people: dict[str, Added]) -> None:
    alice, bob = people["alice"], people["bob"]
    mine = f"{server.url}/api/activities"
    body = {"type": "Gaming", "manualId": "g", "title": "Chess", "meta": {"appName": "x"}, "leaseMinutes": 10}
    status, made, _ = call(mine, "POST", body, alice.token)
    assert (status, made["type"], made["manualId"], made["leaseMinutes"]) == (200, "Gaming", "g", 10)
    assert made["accountId"] == alice.id
    status, again, _ = call(f"{server.url}/passport/activities", "POST", {"type": 1, "manual_id": "g"}, alice.token)
    assert (again["id"], again["title"], again["lease_minutes"], again["meta"]) == (made["id"], None, 5, None)
    for address in (f"{mine}/{made['id']}", f"{mine}?id={made['id']}", f"{mine}?manualId=g"):
        _, amended, _ = call(address, "PUT", {"caption": address, "title": None}, alice.token, "text/plain")
        assert (amended["caption"], amended["leaseExpiresAt"]) == (address, again["lease_expires_at"])
        assert call(address, "PUT", {"caption": "stolen"}, bob.token)[0] == 404
    readers = f"{mine}/alice", f"{mine}/ALICE", f"{mine}/{alice.id.upper()}", f"{server.url}/pass/activities/alice"
    for reader in readers:
        assert [each["id"] for each in call(reader)[1]] == [made["id"]]
    (shown,) = call(f"{server.url}/api/presence/alice")[1]["presences"]
    assert (shown["title"], shown["smallTexts"]) == ("Gaming", [f"{mine}?manualId=g"])
    assert call(f"{mine}?id={made['id']}", "DELETE", None, bob.token)[0] == 404
    assert call(f"{server.url}/pass/activities?manualId=g", "DELETE", None, alice.token)[:2] == (204, None)
    assert call(f"{mine}?manualId=g", "DELETE", None, alice.token)[0] == 404
    assert call(mine, token=alice.token)[1] == []
    status, history, fields = call(f"{mine}?includeExpired=true&take=1", token=alice.token)
    assert (status, [each["id"] for each in history], fields["X-Total"]) == (200, [made["id"]], "1")


def test_refusals(server: Served, people: dict[str, Added]) -> None:
    mine, token = f"{server.url}/api/activities", people["alice"].token
    assert call(mine, "POST", b"{")[0] == 400, "what cannot be read is refused before who sends it"
    assert call(mine, "POST", {"type": 1}, token, "text/plain")[0] == 415
    for method, body in (("GET", None), ("POST", {"type": 1})):
        status, problem, fields = call(mine, method, body)
        assert (status, problem["status"], problem["title"]) == (401, 401, "Unauthorized")
        assert fields["Content-Type"].startswith("application/problem+json")
        assert "WWW-Authenticate" not in fields
    assert call(mine, "POST", {"title": "x"}, token)[0] == 400
    assert call(f"{mine}?take=101", token=token)[0] == 400
    assert call(f"{mine}/nobody")[0] == 404
    assert call(f"{mine}/{people['bob'].id}")[:2] == (200, [])
    assert call(f"{mine}/not-a-guid", "PUT", {}, token)[0] == 404
    assert call(mine, "PATCH", {}, token)[0] == 405


def test_fifty_writers_of_one_manual_id_lose_nothing(server: Served, people: dict[str, Added]) -> None:
    mine, token = f"{server.url}/api/activities", people["alice"].token

    def write(number: int) -> Any:
        return call(mine, "POST", {"type": 1, "manualId": "same", "title": str(number)}, token)

    with ThreadPoolExecutor(50) as crew:
        answers = list(crew.map(write, range(200)))
    assert {status for status, _, _ in answers} == {200}
    assert len({body["id"] for _, body, _ in answers}) == 1
    assert sorted(int(body["title"]) for _, body, _ in answers) == list(range(200))
    (shown,) = call(mine, token=token)[1]
    (stored,) = call(f"{mine}?includeExpired=true", token=token)[1]
    last = max((body for _, body, _ in answers), key=lambda body: body["updatedAt"])
    assert shown == stored
    assert shown["updatedAt"] == last["updatedAt"]


def test_what_was_answered_is_there_after_a_kill_and_ends_when_it_would_have(
    tmp_path: Path, people: dict[str, Added]
) -> None:
    token = people["alice"].token
    with start(tmp_path / "data", config=UNLIMITED) as server:
        mine = f"{server.url}/api/activities"
        for number in range(20):
            call(mine, "POST", {"type": 1, "manualId": str(number % 5), "title": str(number)}, token)
        call(f"{mine}?manualId=0", "DELETE", None, token)
        before = call(mine, token=token)[1]
        server.kill9()
    assert sorted(int(each["title"]) for each in before) == [16, 17, 18, 19]
    with start(tmp_path / "data", port=server.port) as server:
        assert call(mine, token=token)[1] == before
        shown = call(f"{server.url}/api/presence/alice")[1]["presences"]
        assert sorted(each["title"] for each in shown) == ["16", "17", "18", "19"]


def _socket(server: Served, token: str, path: str = "/ws") -> websocket.WebSocket:
    address = f"{server.url.replace('http', 'ws')}{path}"
    opened = websocket.create_connection(address, timeout=10, header=[f"Authorization: Bearer {token}"])
    opened.send('{"type":"ping"}')
    assert json.loads(opened.recv()) == {"type": "pong"}
    return opened


@pytest.mark.parametrize("path", ["/ws", "/ws?wire=documented"])
def test_every_signed_in_socket_hears_of_changes_and_not_of_renewals(
    server: Served, people: dict[str, Added], path: str
) -> None:
    alice, bob = people["alice"], people["bob"]
    mine = f"{server.url}/api/activities"
    readers = [_socket(server, person.token, path) for person in (alice, bob)]
    for title in ("one", "one", "two"):
        assert call(mine, "POST", {"type": 2, "manualId": "m", "title": title}, alice.token)[0] == 200
    call(f"{mine}?manualId=m", "DELETE", None, alice.token)
    for reader in readers:
        heard = []
        while not heard or heard[-1]:
            kind, data = reader.recv_data()
            assert kind == (websocket.ABNF.OPCODE_TEXT if "documented" in path else websocket.ABNF.OPCODE_BINARY)
            packet = json.loads(data)
            assert packet["type"] == "account.presence.activities.updated"
            assert packet["data"]["account_id"] == alice.id
            for activity in packet["data"]["activities"]:
                assert activity["leaseMinutes" if "documented" in path else "lease_minutes"] == 5
            heard.append([activity["title"] for activity in packet["data"]["activities"]])
        told = iter([["one"], ["two"], []])
        assert all(titles in told for titles in heard), "in order, at most one a change"
        reader.close()


def test_with_push_own_others_are_not_heard(tmp_path: Path, people: dict[str, Added]) -> None:
    alice, bob = people["alice"], people["bob"]
    with start(tmp_path / "data", config="[dialects.dyson]\npush = 'own'\n") as server:
        reader = websocket.create_connection(f"{server.url.replace('http', 'ws')}/ws?tk={bob.token}", timeout=10)
        first = json.loads(reader.recv())
        assert (first["data"]["account_id"], first["data"]["activities"]) == (bob.id, [])
        for person, title in ((alice, "alice's"), (bob, "bob's")):
            call(f"{server.url}/api/activities", "POST", {"type": 2, "title": title}, person.token)
        assert [each["title"] for each in json.loads(reader.recv())["data"]["activities"]] == ["bob's"]
        reader.close()


def test_nobody_without_a_token_has_a_socket(server: Served) -> None:
    with pytest.raises(websocket.WebSocketBadStatusException) as refused:
        websocket.create_connection(f"{server.url.replace('http', 'ws')}/ws", timeout=10)
    assert refused.value.status_code == 401


def test_the_sockets_token_is_brought_by_pages_of_known_origins(tmp_path: Path, people: dict[str, Added]) -> None:
    """PROMISES 3.3, as the handshake has the credential. Seen to fail: a page of any origin had its 101."""
    with start(tmp_path / "data", config=f'{UNLIMITED}[web]\norigins = ["https://front.example"]\n') as server:
        own, token = server.url.removeprefix("http://"), f"Authorization: Bearer {people['alice'].token}"

        def status(**origin: Any) -> int:
            try:
                opened = websocket.create_connection(f"ws://{own}/ws", timeout=10, header=[token], **origin)
            except websocket.WebSocketBadStatusException as refused:
                return refused.status_code
            with closing(opened):
                return opened.getstatus() or 0

        assert status(suppress_origin=True) == 101, "a program"
        for origin in (f"http://{own}", "https://front.example"):
            assert status(origin=origin) == 101
        for origin in ("https://other.example", f"http://{own}.other.example", "http://front.example", "null"):
            assert status(origin=origin) == 403


def test_a_page_of_another_origin_may_use_it(server: Served, people: dict[str, Added]) -> None:
    def asked(method: str, path: str, **fields: str) -> tuple[int, Message]:
        fields["Origin"] = "https://front.example"
        request = urllib.request.Request(server.url + path, method=method, headers=fields)
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, answer.headers
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, refusal.headers

    mine = "/passport/activities?includeExpired=true"
    status, fields = asked("OPTIONS", mine, **{"Access-Control-Request-Method": "PUT"})
    assert (status, fields["Access-Control-Allow-Headers"]) == (200, "content-type,authorization")
    assert "PUT" in fields["Access-Control-Allow-Methods"]
    for token, expected in ((people["alice"].token, 200), ("bad", 401)):
        status, fields = asked("GET", mine, Authorization=f"Bearer {token}")
        assert (status, fields.get_all("Access-Control-Allow-Origin")) == (expected, ["*"])
        assert fields["Access-Control-Expose-Headers"] == ("X-Total" if status == 200 else None)
