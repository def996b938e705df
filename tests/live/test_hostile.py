"""Bad input at every door: the dialect's own error, a line without the secret, nothing changed, the server goes on."""

import json
import os
import random
import subprocess
import sys
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.live.clients import (
    OPENED,
    PLENTY,
    Rest,
    close_code,
    descriptors,
    publish,
    publisher,
    raw,
    rest_of,
    until,
    upgraded,
    viewer,
)
from tests.serving import ROOT, SECONDS, start
from tests.texts import any_text

pytestmark = pytest.mark.live

EXAMPLES = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
SEEDS = range(12)
SECRET = "sEcReT-0123456789abcdef"
PLAIN = {
    b'{"error":"Please provide a token and session ID."}': 400,
    b'{"error":"Invalid session or token."}': 401,
    b'{"error":"Malformed body.","code":400}': 400,
    b'{"ok":true}': 200,
}
"""All that a PUT may be answered with (presenti.md section 4.3)."""


def trees(leaf: st.SearchStrategy) -> st.SearchStrategy:
    """JSON documents with these leaves."""
    return st.recursive(
        leaf | st.none() | st.booleans() | st.integers() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
        max_leaves=12,
    )


documents = trees(st.floats())
"""NaN and the infinities included, which are no JSON."""
finite = trees(st.floats(allow_nan=False, allow_infinity=False))


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A server with one presence that nobody below may change, and an account for whoever attacks."""
    config = PLENTY.replace("[limits]", "[limits]\nmessages_per_minute = 0\npublisher_messages_per_second = 0")
    config += '[presenti]\nexpires_ms = 600000\n[log]\nlevel = "debug"\n'
    with start(tmp_path_factory.mktemp("hostile") / "data", config=config) as server:
        alice, mallory = server.user_add("alice"), server.user_add("mallory")
        rest = Rest(server.port)
        assert rest.put(alice.token, rest.session(alice.token), "untouched") == 200
        yield server, mallory


@pytest.fixture
def server(hostile):
    """The server; after the test it must be as before, and have written no secret and no traceback."""
    served, mallory = hostile
    rest = Rest(served.port)
    assert rest.titles("alice") == ["untouched"]
    before, lines = descriptors(served), len(served.lines)
    yield served
    OPENED.close()
    rest = Rest(served.port)
    assert rest.titles("alice") == ["untouched"]
    assert rest.ask("GET", "/readyz")[0] == 200
    until(lambda: rest.ask("GET", "/healthz")[0] == 200 and descriptors(served) <= before)
    written = "\n".join(served.lines[lines:])
    assert "Traceback" not in written
    assert "level=error" not in written
    assert "level=critical" not in written
    assert SECRET not in written
    assert mallory.token not in written


@pytest.fixture
def mallory(hostile):
    return hostile[1]


def noise(seed: int, size: int = 10_000) -> bytes:
    return random.Random(seed).randbytes(size)


# --- HTTP -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "beginning",
    [
        b"",
        b"GET /",
        b"PUT /session?token=" + SECRET.encode() + b"&id=",
        b"GET /healthz HTTP/1.1\r\nHost: a\r\nAuthorization: " + SECRET.encode(),
        b"PUT /session HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"PUT /session?token=" + SECRET.encode() + b"&id=x HTTP/1.1\r\nHost: a\r\nContent-Length: 9000\r\n\r\n",
    ],
)
def test_ten_thousand_random_bytes_at_the_port(server, beginning):
    for seed in SEEDS:
        connection = raw(server, beginning + noise(seed))
        connection.shutdown(1)
        answer = rest_of(connection)
        assert answer == b"" or answer.startswith(b"HTTP/1.1 4"), answer[:100]
    server.wait_for(r"level=warning event=refused status=4|level=warning event=refused method=PUT path=/session")


@EXAMPLES
@given(body=st.binary(max_size=200) | documents.map(lambda document: json.dumps(document).encode()))
def test_bodies(server, mallory, body):
    rest = Rest(server.port)
    session = rest.session(mallory.token)
    assert rest.put(mallory.token, session, "before") == 200
    status, told = rest.ask("PUT", f"/session?token={mallory.token}&id={session}", body)
    assert PLAIN[told] == status
    if status != 200:
        assert rest.titles("mallory") == ["before"]
    assert rest.ask("DELETE", f"/session?token={mallory.token}&id={session}")[0] == 200
    assert rest.titles("mallory") == []


@EXAMPLES
@given(presences=documents)
def test_presences_of_any_shape_come_out_again_or_not_at_all(server, mallory, presences):
    rest = Rest(server.port)
    session = rest.session(mallory.token)
    body = json.dumps({"presences": presences}).encode()
    status, told = rest.ask("PUT", f"/session?token={mallory.token}&id={session}", body)
    assert PLAIN[told] == status
    status, told = rest.ask("GET", "/api/presence/mallory")
    assert status == 200
    assert rest.ask("DELETE", f"/session?token={mallory.token}&id={session}")[0] == 200
    wanted = as_javascript(body)["presences"]
    wanted = wanted if isinstance(wanted, list) else [wanted]
    assert all(document in wanted for document in as_javascript(told)["presence"])


def as_javascript(text):
    """What JSON.parse reads: every number is a double, so integers beyond 2^53 are rounded (presenti.md 1.1)."""
    return json.loads(text, parse_int=float)


def test_integers_that_no_double_can_hold_come_out_as_javascript_reads_them(server, mallory):
    rest = Rest(server.port)
    session = rest.session(mallory.token)
    body = b'{"presences":[{"n":9223372036854775809,"m":36893488147419103233}]}'
    assert rest.ask("PUT", f"/session?token={mallory.token}&id={session}", body)[0] == 200
    told = rest.ask("GET", "/api/presence/mallory")[1]
    assert rest.ask("DELETE", f"/session?token={mallory.token}&id={session}")[0] == 200
    assert as_javascript(told)["presence"] == as_javascript(body)["presences"]


@EXAMPLES
@given(token=st.text(max_size=40), ident=st.text(max_size=40), path=st.sampled_from(["/session", "/session/refresh"]))
def test_tokens_and_sessions(server, token, ident, path):
    rest = Rest(server.port)
    query = f"token={quote(SECRET + token, safe='')}&id={quote(ident, safe='')}"
    for method, target in (("PUT", path), ("DELETE", "/session"), ("PUT", f"/api{path}")):
        status, told = rest.ask(method, f"{target}?{query}", b'{"presences":[]}')
        assert status == PLAIN[told] >= 400
    assert rest.ask("GET", f"/session?{query}") == (401, b'{"error":"Invalid token."}')


@EXAMPLES
@given(query=st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters='#"<>'), max_size=60))
def test_queries(server, query):
    rest = Rest(server.port)
    for method in ("GET", "PUT", "DELETE"):
        status, told = rest.ask(method, f"/session?{query}", b'{"presences":[]}')
        assert status in {400, 401}, told
        assert set(json.loads(told)) == {"error"}


@EXAMPLES
@given(name=any_text())
def test_names(server, name):
    rest = Rest(server.port)
    target = quote(name, safe="", errors="surrogatepass")
    status, told = rest.ask("GET", f"/api/presence/{target}")
    if any(ord(each) < 32 or ord(each) == 127 or 0xD800 <= ord(each) < 0xE000 for each in name):
        assert status == 400
    elif not name or "/" in name:
        assert (status, told) == (404, b'{"error":"unknown-path"}')
    else:
        assert (status, told) == (200, b'{"presence":[],"presences":[],"state":{}}')


@pytest.mark.parametrize("path", ["/nope", "/session/x/y", "/presence", "/presence/", "/presence/a/b", "/api"])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "POST", "PATCH", "OPTIONS", "BREW"])
def test_unknown_paths_are_a_plain_404(server, path, method):
    assert Rest(server.port).ask(method, f"{path}?token={SECRET}") == (404, b'{"error":"unknown-path"}')


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/session"),
        ("GET", "/session/refresh"),
        ("PUT", "/api/presence/x"),
        ("GET", "/presence/x"),
        ("GET", "/remote"),
    ],
)
def test_a_wrong_method_or_no_upgrade_is_presentis_404(server, method, path):
    assert Rest(server.port).ask(method, f"{path}?token={SECRET}") == (404, b'{"error":"unknown-path"}')


@pytest.mark.parametrize("path", ["/nope", "/session", "/presence/", "/presence/a/b"])
def test_a_handshake_elsewhere_is_answered_before_any_101(server, path):
    request = f"GET {path} HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    connection = raw(server, f"{request}Sec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n\r\n".encode())
    connection.shutdown(1)
    assert rest_of(connection).startswith(b"HTTP/1.1 404 ")


# --- sockets --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/presence/alice", "/presence/x", "/remote", f"/remote?token={SECRET}"])
def test_ten_thousand_random_bytes_after_the_upgrade(server, path):
    for seed in SEEDS:
        connection = upgraded(server, path)
        connection.sendall(noise(seed))
        connection.shutdown(1)
        rest_of(connection)


def frame(opcode: int, payload: bytes, fin: bool = True, masked: bool = True, reserved: int = 0) -> bytes:
    head = bytes([(fin << 7) | (reserved << 4) | opcode])
    size = len(payload)
    head += bytes([(masked << 7) | min(size, 126)]) + (size.to_bytes(2, "big") if size > 125 else b"")
    return head + bytes(4) + payload if masked else head + payload


frames = st.builds(
    frame, st.integers(0, 15), st.binary(max_size=200), st.booleans(), st.booleans(), st.sampled_from([0, 0, 0, 1, 4])
)


@EXAMPLES
@given(sent=st.lists(frames, max_size=8), path=st.sampled_from(["/presence/alice", "/remote"]))
def test_frames_of_any_kind(server, sent, path):
    connection = upgraded(server, path)
    connection.sendall(b"".join(sent))
    connection.shutdown(1)
    rest_of(connection)


@pytest.mark.parametrize("path", ["/presence/alice", "/remote"])
@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (frame(1, b"{}", masked=False), 1002),
        (frame(1, b"{}", reserved=4), 1002),
        (frame(3, b""), 1002),
        (frame(9, bytes(126)), 1002),
        (frame(9, b"", fin=False), 1002),
        (frame(0, b"x"), 1002),
        (frame(8, b"\x03"), 1002),
        (frame(1, b"\xff\xfe"), 1007),
        (frame(1, b"not JSON"), 1007),
        (frame(1, b'"' + bytes(16_383) + b'"'), 1009),
        (frame(1, b"1" * 10_000, fin=False) + frame(0, b"1" * 10_000), 1009),
    ],
)
def test_each_fault_of_a_frame_has_its_close_code_and_its_line(server, path, sent, code):
    lines = len(server.lines)
    connection = upgraded(server, path)
    connection.sendall(sent)
    heard = rest_of(connection)
    assert heard[heard.rindex(b"\x88") + 2 :][:2] == code.to_bytes(2, "big")
    server.wait_for(rf"level=warning event=closed .*code={code}", since=lines)


@EXAMPLES
@given(kind=documents | st.integers(0, 9), data=documents)
def test_messages_of_a_publisher_nobody_knows(server, kind, data):
    connection = upgraded(server, "/remote")
    connection.sendall(frame(1, json.dumps({"type": kind, "data": data}).encode()[:16_384]))
    connection.shutdown(1)
    heard = rest_of(connection)
    assert heard[:1] in {b"", b"\x81", b"\x88"}
    assert heard[:1] != b"\x81" or heard[2:].startswith(b'{"type":1,"data":null}')


def test_a_bad_token_is_told_by_the_close_alone(server):
    connection = upgraded(server, "/remote")
    connection.sendall(frame(1, json.dumps({"type": 3, "data": SECRET}).encode()))
    heard = rest_of(connection)
    assert heard.startswith(b"\x88")
    assert heard[2:4] == (1008).to_bytes(2, "big")
    assert SECRET.encode() not in heard


@EXAMPLES
@given(data=finite)
def test_presences_of_a_publisher(server, mallory, data):
    rest, remote = Rest(server.port), publisher(server, mallory.token)
    remote.send(json.dumps({"type": 2, "data": data}))
    publish(remote, "last")
    until(lambda: rest.titles("mallory") == ["last"])
    remote.send_close(1000)
    assert close_code(remote) == 1000
    until(lambda: rest.titles("mallory") == [])


def test_a_viewer_beside_all_this_hears_nothing(server, mallory):
    watching = viewer(server, "alice")
    for seed in SEEDS:
        for path in ("/presence/alice", "/remote"):
            connection = upgraded(server, path)
            connection.sendall(noise(seed))
        remote = publisher(server, mallory.token)
    publish(remote, "mallory's own")
    watching.send(json.dumps({"type": 0}))
    assert json.loads(watching.recv()) == {"type": 1}


# --- settings -------------------------------------------------------------------------------------------------------


def test_a_bad_setting_stops_the_start_with_a_sentence_and_without_the_secret(tmp_path):
    (tmp_path / "config.toml").write_text(f'[discord]\ntoken = ["{SECRET}"]\n[server]\nprot = 1\n', "utf-8")
    done = subprocess.run(
        [sys.executable, "run.py", "--data", str(tmp_path / "data"), "--config", str(tmp_path / "config.toml")],
        cwd=ROOT,
        env={**os.environ, "PRESENTLY_LIMITS__CONNECTIONS": "many"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 3
    assert 'did you mean "port"' in done.stderr
    assert SECRET not in done.stderr + done.stdout
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "data").exists()
