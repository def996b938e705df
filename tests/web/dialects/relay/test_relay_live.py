"""The relay over a real server, a fake instance and a real sink: the checklist of mastodon-relay.md, part C.

Numbers 10, 11, 13 (its statuses), 15 are in tests/actors/upstream and tests/actors/relay/test_stream_live.py, 18 with
an injected clock in tests/actors/relay/test_registrar.py, the kill -9 in tests/live/test_relay_restarts.py.
"""

import hashlib
import hmac
import http.client
import json
import signal
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.live.clients import until
from tests.live.relaying import (
    APP,
    SECRET,
    SIGNING_KEY,
    FakeProcess,
    Registrant,
    Sink,
    basic,
    surroundings,
    token_of,
)
from tests.serving import Served, start

pytestmark = pytest.mark.live
TEXT = "text/plain; charset=utf-8"


class World:
    """One server with its maps in files, one fake instance, one sink."""

    def __init__(self, stack: ExitStack, folder) -> None:
        self.fake, self.sink = stack.enter_context(surroundings())
        self.folder = folder
        self.apps = {APP: {"secret": SECRET, "signing_key": SIGNING_KEY}}
        self.instances = {
            self.fake.url: {"appIdAllowed": [APP]},
            "https://far.example": {
                "appIdAllowed": APP,
                "replaceUrl": self.fake.url,
                "replaceUrlWeb": self.fake.url,
                "endpoint": "user",
            },
            "http://127.0.0.1:1": {},
        }
        self.write_maps()
        files = f'app_map = "{folder}/app_map.hjson"\ninstance_map = "{folder}/instance_map.hjson"\n'
        self.config = f'[limits]\nrequests_per_second = 0\n[relay]\nallow_private_hosts = ["127.0.0.1"]\n{files}'
        self.server: Served = stack.enter_context(start(folder / "data", config=self.config))
        self.registrant = Registrant(self.server, self.fake.url, self.sink.url)

    def write_maps(self) -> None:
        """As an operator would, comment and all."""
        for name, entries in (("app_map", self.apps), ("instance_map", self.instances)):
            (self.folder / f"{name}.hjson").write_text(f"# {name}\n{json.dumps(entries)}\n")

    def hang_up(self, expected: str) -> None:
        """SIGHUP, and wait for what it says."""
        since = len(self.server.lines)
        self.server.process.send_signal(signal.SIGHUP)
        self.server.wait_for(expected, since=since)

    def listens(self, tag: str) -> bool:
        return token_of(tag) in self.fake.tokens()

    def open(self, tag: str, **changed: str | None) -> None:
        """Register, and wait until the stream stands."""
        assert self.registrant.register(tag, **changed) == (202, "Accepted")
        until(lambda: self.listens(tag))

    def payloads(self, tag: str) -> list[str]:
        return [call.payload for call in self.sink.of(tag)]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with ExitStack() as stack:
        made = World(stack, tmp_path_factory.mktemp("relay"))
        yield made
        lines = "\n".join(made.server.lines)
        made.server.stop()
        secrets = ("t0ken", SECRET, SIGNING_KEY, "callback-s3cret")
        assert "registered" in lines
        assert not any(secret in lines for secret in secrets), "number 20: no token in logs"
        kept = (made.server.data / "presently.sqlite").read_bytes()
        assert not any(secret.encode() in kept for secret in ("t0ken", SECRET)), "sealed at rest"


@pytest.fixture
def registrant(world: World) -> Registrant:
    return world.registrant


# --- 1 to 4, 6: what is asked -----------------------------------------------------------------------------------------


def test_1_a_form_or_json_and_nothing_else(world: World, registrant: Registrant) -> None:
    said = registrant.said("as-json", instance_url="http://127.0.0.1:1")
    assert registrant.post("/register", json.dumps(said).encode(), "application/json") == (202, "Accepted")
    assert registrant.post("/unregister", json.dumps(said).encode(), "application/json") == (202, "Accepted")
    assert registrant.post("/register", json.dumps(said).encode(), "text/plain") == (400, "missing instance_url")
    assert registrant.post("/register", b"tag=a&tag=b") == (400, "tag must be given once")
    assert registrant.post("/register", b"{", "application/json") == (400, "not JSON")
    assert registrant.post("/register", b"x=" + b"y" * 70_000)[0] == 413


def test_2_the_ten_texts(world: World, registrant: Registrant) -> None:
    world.instances["http://127.0.0.1:5"] = {"appIdAllowed": 5}
    world.instances["http://127.0.0.1:7"] = {"appIdAllowed": []}
    world.write_maps()
    world.hang_up("maps have been read again")
    data_type = "bad data type of appIdAllowed. it must be string or array of string. in instance: http://127.0.0.1:5"
    for changed, sentence in (
        ({"instance_url": None}, "missing instance_url"),
        ({"app_id": None}, "missing app_id"),
        ({"app_id": "nobody"}, "missing app configuration for app: nobody"),
        ({"app_secret": "wr0ng"}, f"app_secret not match. app: {APP}"),
        ({"instance_url": "https://Un.Known"}, "missing instance configuration for instance: https://un.known"),
        ({"instance_url": "http://127.0.0.1:5"}, data_type),
        ({"instance_url": "http://127.0.0.1:7"}, f"appIdAllowed not contains your app_id :{APP}"),
        ({"access_token": None}, "missing access_token"),
        ({"access_token": "a=b"}, "access_token contains invalid character"),
        ({"endpoint": "public"}, "bad endpoint parameter. allowed value is user, user:notification."),
        ({"callback_url": "ftp://x"}, "bad callback_url parameter. bad-scheme"),
        ({"callback_url": "https://u:p@x"}, "bad callback_url parameter. user-info"),
        ({"callback_url": "http://93.184.216.34/"}, "bad callback_url parameter. not-https"),
        ({"callback_url": "https://10.0.0.5/"}, "bad callback_url parameter. private-address"),
    ):
        assert registrant.register("ten", **changed) == (400, sentence)
    assert registrant.registration("ten") is None


def test_the_answers_are_text_and_repeat_no_secret(registrant: Registrant) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    body = f"instance_url=x&app_id={APP}&app_secret=<b>wr0ng</b>".encode()
    status, fields, text = registrant.ask("POST", "/register", body, form)
    assert (status, fields["Content-Type"], fields["X-Content-Type-Options"]) == (400, TEXT, "nosniff")
    assert "wr0ng" not in text
    for method, path, status in (("GET", "/register", 405), ("HEAD", "/", 204), ("GET", "/relay/", 204)):
        answered, fields, _ = registrant.ask(method, path)
        assert (answered, fields["Content-Type"]) == (status, TEXT)


def test_3_4_accepted_in_any_case_and_below_relay_too(world: World, registrant: Registrant) -> None:
    world.open("case", instance_url=world.fake.url.upper())
    assert registrant.registration("case")["instance_url"] == world.fake.url
    assert registrant.post("/relay/register", registrant.said("case")) == (202, "Accepted")
    assert len([each for each in registrant.registrations() if each["tag"] == "case"]) == 1
    assert registrant.post("/relay/unregister", registrant.said("case")) == (202, "Accepted")
    until(lambda: not world.listens("case"))


def test_6_to_unregister_what_is_unknown_is_accepted(world: World, registrant: Registrant) -> None:
    assert registrant.unregister("never") == (202, "Accepted")
    assert registrant.unregister("never", instance_url="https://not.listed") == (202, "Accepted")
    assert registrant.unregister("never", instance_url=None) == (400, "missing instance_url")
    assert registrant.unregister("never", app_secret="wr0ng") == (400, f"app_secret not match. app: {APP}")


# --- 5, 7, 8, 9: what is kept -----------------------------------------------------------------------------------------


def test_5_registered_twice_it_has_one_socket_and_what_changed_counts_at_once(world, registrant) -> None:
    world.open("twice")
    other = Sink()
    try:
        assert registrant.register("twice", callback_url=other.url)[0] == 202
        assert world.fake.tokens().count(token_of("twice")) == 1
        payload = world.fake.notify(token_of("twice"), 1)
        other.wait_for(lambda: other.calls)
        assert [call.payload for call in other.calls] == [payload]
        assert world.payloads("twice") == []
    finally:
        other.close()


def test_a_new_token_connects_anew(world: World, registrant: Registrant) -> None:
    world.open("renewed")
    assert registrant.register("renewed", access_token="t0ken-new")[0] == 202
    until(lambda: "t0ken-new" in world.fake.tokens() and not world.listens("renewed"))
    assert registrant.register("renewed", access_token="t0ken-new", endpoint="user")[0] == 202
    assert registrant.registration("renewed")["endpoint"] == "user"
    assert registrant.register("renewed", access_token="t0ken-new")[0] == 202
    assert registrant.registration("renewed")["endpoint"] is None
    assert registrant.unregister("renewed")[0] == 202
    until(lambda: "t0ken-new" not in world.fake.tokens())


def test_7_an_instance_may_be_somewhere_else(world: World, registrant: Registrant) -> None:
    world.open("far", instance_url="https://far.example")
    payload = world.fake.notify(token_of("far"), 1)
    world.sink.wait_for(lambda: world.sink.of("far"))
    (call,) = world.sink.of("far")
    assert json.loads(call.body)["instanceUrl"] == "https://far.example"
    assert call.payload == payload


def test_8_an_app_is_added_by_a_signal_and_a_broken_file_changes_nothing(world: World, registrant: Registrant) -> None:
    new = {"app_id": "org.example.new", "app_secret": "n3w-s3cret"}
    assert registrant.register("new", **new)[1] == "missing app configuration for app: org.example.new"
    world.apps["org.example.new"] = {"secret": "n3w-s3cret"}
    world.instances[world.fake.url] = {}
    world.write_maps()
    (world.folder / "instance_map.hjson").write_text("{ broken: ")
    world.hang_up("maps are broken and stay as they were.*instance_map")
    assert registrant.register("new", **new)[0] == 400, "the good one of the two is not taken either"
    world.write_maps()
    world.hang_up("maps have been read again")
    world.open("new", **new)
    assert registrant.registration("new") is None, "another app's"


# --- 12 to 14, 16, 17, 19: what is heard and told ---------------------------------------------------------------------


def test_12_a_payload_is_passed_on_byte_by_byte_and_signed(world: World) -> None:
    world.open("bytes")
    payload = '{"id":"5", "odd" : "\\u00fc \\"<&>\\ud83d\\ude00"}'
    assert world.fake.ask("notify", token=token_of("bytes"), payload=payload)["told"] == 1
    world.sink.wait_for(lambda: world.sink.of("bytes"))
    (call,) = world.sink.of("bytes")
    assert call.payload == payload
    expected = {"instanceUrl": world.fake.url, "tag": "bytes", "appId": APP, "payload": payload}
    assert list(json.loads(call.body).items()) == list(expected.items())
    assert call.headers["content-type"] == "application/json"
    assert call.delivery
    at, _, signed = call.headers["x-presently-signature"].removeprefix("t=").partition(",v1=")
    told = hmac.new(SIGNING_KEY.encode(), f"{at}.".encode() + call.body, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(signed, told)


def test_13_14_a_revoked_token_ends_the_registration_and_a_lost_connection_does_not(world, registrant) -> None:
    for tag in ("revoked", "lost"):
        world.open(tag)
    world.fake.ask("revoke", token=token_of("revoked"))
    until(lambda: registrant.registration("revoked") is None)
    world.fake.ask("cut")
    until(lambda: world.listens("lost") and registrant.registration("lost")["stream"]["state"] == "open")
    world.server.wait_for("event=ended.*revoked")


def test_16_an_instance_that_is_not_there_yet_is_asked_again(world: World, registrant: Registrant) -> None:
    late = FakeProcess()
    world.instances[late.url] = {}
    world.write_maps()
    world.hang_up("maps have been read again")
    assert registrant.register("late", instance_url=late.url)[0] == 202
    until(lambda: registrant.registration("late")["stream"]["state"] == "waiting")
    late.start()
    try:
        until(lambda: token_of("late") in late.tokens())
        payload = late.notify(token_of("late"), 1)
        world.sink.wait_for(lambda: world.payloads("late") == [payload])
    finally:
        late.stop()


def test_17_a_callback_that_fails_keeps_the_registration_and_the_next_is_told(world, registrant) -> None:
    world.open("fails")
    statuses = {1: 410, 2: 404, 3: 500}
    world.sink.answer = lambda call: statuses.pop(call.number, None) if call.tag == "fails" else None
    for number in range(1, 5):
        world.fake.notify(token_of("fails"), number)
    world.sink.wait_for(lambda: len(world.sink.of("fails")) == 5)
    told = world.sink.of("fails")
    assert [call.number for call in told] == [1, 2, 3, 3, 4], "410 and 404 are final, 500 is not; and in order"
    assert told[2].delivery == told[3].delivery
    assert len({call.delivery for call in told}) == 4
    until(lambda: registrant.registration("fails")["callbacks"]["delivered"] == 2)
    callbacks = registrant.registration("fails")["callbacks"]
    assert (callbacks["failed"], callbacks["delayed"], callbacks["last_failure"]) == (2, 1, "500")


def test_17_a_callback_that_is_not_there_is_waited_for(world: World, registrant: Registrant) -> None:
    later = Sink()
    try:
        world.open("refused", callback_url=later.url)
        later.close()
        numbers = list(range(1, 4))
        for number in numbers:
            world.fake.notify(token_of("refused"), number)
        until(lambda: registrant.registration("refused")["callbacks"]["delayed"] > 0)
        assert registrant.registration("refused")["callbacks"]["next_try_at"] is not None
        later.open()
        later.wait_for(lambda: [call.number for call in later.calls] == numbers)
    finally:
        later.close()


def test_19_the_order_is_kept_under_a_burst(world: World) -> None:
    tags = [f"burst-{number}" for number in range(3)]
    for tag in tags:
        world.open(tag)
    for number in range(100):
        for tag in tags:
            world.fake.notify(token_of(tag), number, text="x" * 500)
    for tag in tags:
        world.sink.wait_for(lambda tag=tag: len(world.sink.of(tag)) >= 100)
        assert [call.number for call in world.sink.of(tag)] == list(range(100))


# --- beyond -----------------------------------------------------------------------------------------------------------


def test_the_owner_sees_their_registrations_and_nobody_elses(world: World, registrant: Registrant) -> None:
    world.open("seen", endpoint="user")
    world.fake.notify(token_of("seen"), 1)
    until(lambda: registrant.registration("seen")["callbacks"]["delivered"] == 1)
    (seen,) = registrant.registrations("?tag=seen")
    assert seen["stream"]["state"] == "open"
    assert seen["catch_up"] == {"state": "complete", "reason": "", "caught_up": 0, "incomplete": 0}
    assert 259_000 < seen["expires_in"] <= 259_200
    assert registrant.registrations("?tag=seen&instance_url=https://else.example") == []
    assert registrant.registrations(f"?tag=seen&instance_url={world.fake.url.upper()}") == [seen]
    assert "t0ken" not in str(seen)
    for sign in (None, "Basic !", basic(APP, "wr0ng"), basic("nobody", SECRET), f"Bearer {SECRET}"):
        headers = {} if sign is None else {"Authorization": sign}
        status, fields, _ = registrant.ask("GET", "/relay/registrations", headers=headers)
        assert (status, fields["WWW-Authenticate"].startswith("Basic")) == (401, True)


def test_operators_see_all_of_them(world: World, registrant: Registrant) -> None:
    world.open("for-operators")
    operator = world.server.wait_for("operator token").rpartition(" ")[2]
    plain = world.server.user_add("somebody").token

    def ask(path: str, token: str | None) -> tuple[int, dict]:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        status, _, text = registrant.ask("GET", f"/ops/relay/registrations{path}", headers=headers)
        return status, json.loads(text)

    status, told = ask(f"?app_id={APP}&state=open&instance_url={world.fake.url}", operator)
    assert status == 200
    (one,) = [each for each in told["registrations"] if each["tag"] == "for-operators"]
    status, detail = ask(f"/{one['id']}", operator)
    assert status == 200
    assert (detail["stream"]["opens"], detail["stream"]["way"], detail["stream"]["events"]) == (1, "websocket", 0)
    status, problem = ask("/none", operator)
    assert (status, problem["status"]) == (404, 404)
    assert ask("?state=nonsense", operator) == (200, {"registrations": []})
    assert [ask("", token)[0] for token in (None, "nonsense", plain)] == [401, 401, 403]
    assert "t0ken" not in str(told)


def test_ones_own_notifications_as_an_event_stream(world: World, registrant: Registrant) -> None:
    world.open("reader")
    world.open("stranger")
    reading = http.client.HTTPConnection("127.0.0.1", world.server.port, timeout=20)
    try:
        token = token_of("reader")
        reading.request("GET", "/relay/notifications", headers={"Authorization": f"Bearer {token}"})
        stream = reading.getresponse()
        assert stream.headers["Content-Type"] == "text/event-stream"
        line = b""
        number = 0
        while not line.startswith(b"data: "):  # until the subscriber listens, nobody is told
            number += 1
            world.fake.notify(token_of("stranger"), number)
            world.fake.notify(token, number)
            world.sink.wait_for(lambda: len(world.sink.of("reader")) == number)  # noqa: B023
            line = stream.readline()
        assert line == b"data: " + world.sink.of("reader")[0].body + b"\n"
        assert registrant.unregister("reader")[0] == 202
        assert b"stranger" not in stream.read(), "and it ends with the registration"
    finally:
        reading.close()
    for sign in (None, "Bearer nonsense", basic(APP, SECRET)):
        headers = {} if sign is None else {"Authorization": sign}
        assert registrant.ask("GET", "/relay/notifications", headers=headers)[0] == 401
