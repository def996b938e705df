"""The relay's requests: the ten texts in their order, and what the original let pass (mastodon-relay.md A3)."""

import json
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.errors import Malformed
from actors.messages.relay import Register, Unregister
from actors.relay.maps import Maps, read_maps
from web.dialects.relay import codec

MAPS = read_maps(
    {"app": {"secret": "k3y"}, "other": {"secret": "0ther"}, "bare": {}},
    {
        "https://social.example": {"appIdAllowed": ["app"]},
        "https://one.example": {"appIdAllowed": "app"},
        "https://five.example": {"appIdAllowed": 5},
        "https://open.example": {},
    },
)
STAR = Maps(MAPS.apps, {**MAPS.instances, "*": {"appIdAllowed": ["other"]}})
RIGHT = {
    "instance_url": "https://social.example",
    "app_id": "app",
    "tag": "device-17",
    "app_secret": "k3y",
    "access_token": "t0ken_-.",
    "callback_url": "https://app.example/callback",
}
PLACE = ("instance_url", "app_id", "tag", "app_secret")
FORM = "application/x-www-form-urlencoded"


def without(*names, **changed):
    return {name: value for name, value in {**RIGHT, **changed}.items() if name not in names}


def refusal(given, maps=MAPS):
    with pytest.raises(Malformed) as told:
        codec.registration_in(given, maps)
    return str(told.value)


ROWS = [
    ({"instance_url": None}, "missing instance_url"),
    ({"app_id": None}, "missing app_id"),
    ({"app_id": "nobody"}, "missing app configuration for app: nobody"),
    ({"app_secret": "wr0ng"}, "app_secret not match. app: app"),
    ({"instance_url": "https://Else.example"}, "missing instance configuration for instance: https://else.example"),
    (
        {"instance_url": "https://five.example"},
        "bad data type of appIdAllowed. it must be string or array of string. in instance: https://five.example",
    ),
    ({"app_id": "other", "app_secret": "0ther"}, "appIdAllowed not contains your app_id :other"),
    ({"access_token": None}, "missing access_token"),
    ({"access_token": "a/b"}, "access_token contains invalid character"),
    ({"endpoint": "public"}, "bad endpoint parameter. allowed value is user, user:notification."),
]


@pytest.mark.parametrize(("fault", "sentence"), ROWS)
def test_each_of_the_ten_texts(fault, sentence):
    said = {name: value for name, value in {**RIGHT, **fault}.items() if value is not None}
    assert refusal(said) == sentence


def test_the_first_check_that_fails_is_the_answer():
    """Everything is wrong; then one fault after the other is mended."""
    wrong = {"endpoint": "public"}
    assert refusal(wrong) == ROWS[0][1]
    mended = [
        ({"instance_url": "https://else.example"}, "missing app_id"),
        ({"app_id": "nobody"}, "missing app configuration for app: nobody"),
        ({"app_id": "other"}, "app_secret not match. app: other"),
        ({"app_secret": "0ther"}, "missing instance configuration for instance: https://else.example"),
        ({"instance_url": "https://five.example"}, ROWS[5][1]),
        ({"instance_url": "https://social.example"}, "appIdAllowed not contains your app_id :other"),
        ({"app_id": "app", "app_secret": "k3y"}, "missing access_token"),
        ({"access_token": "a=b"}, "access_token contains invalid character"),
        ({"access_token": "ab"}, ROWS[9][1]),
        ({"endpoint": "user"}, "missing tag"),
        ({"tag": ""}, "missing callback_url"),
    ]
    for mending, next_sentence in mended:
        wrong |= mending
        assert refusal(wrong) == next_sentence
    wrong["callback_url"] = "https://app.example/"
    assert codec.registration_in(wrong, MAPS).endpoint == "user"


def test_empty_is_missing():
    for name, sentence in (("instance_url", ROWS[0][1]), ("app_id", ROWS[1][1]), ("access_token", ROWS[7][1])):
        assert refusal({**RIGHT, name: ""}) == sentence
    assert refusal(without("app_secret")) == "app_secret not match. app: app"
    assert codec.registration_in({**RIGHT, "endpoint": ""}, MAPS).endpoint is None


def test_a_string_that_differs_answers_the_data_type_text():
    said = {**RIGHT, "instance_url": "https://one.example"}
    assert codec.registration_in(said, MAPS).instance == "https://one.example"
    sentence = "bad data type of appIdAllowed. it must be string or array of string. in instance: https://one.example"
    assert refusal({**said, "app_id": "other", "app_secret": "0ther"}) == sentence


def test_the_star_is_asked_for_instances_without_an_entry_alone():
    said = {**RIGHT, "instance_url": "https://else.example"}
    assert refusal(said, STAR) == "appIdAllowed not contains your app_id :app"
    other = {**said, "app_id": "other", "app_secret": "0ther"}
    assert codec.registration_in(other, STAR).app == "other"
    assert refusal({**other, "instance_url": "https://social.example"}, STAR)


def test_a_registration_is_read():
    said = {**RIGHT, "instance_url": "HTTPS://Social.Example", "endpoint": "user:notification"}
    assert codec.registration_in(said, MAPS) == Register(
        "https://social.example",
        "app",
        "device-17",
        "k3y",
        "t0ken_-.",
        "https://app.example/callback",
        "user:notification",
    )
    assert refusal({**RIGHT, "instance_url": "https://social.example/"}).startswith("missing instance configuration")


@pytest.mark.parametrize("app", ["constructor", "__proto__", "toString", "hasOwnProperty", "bare"])
def test_no_name_opens_without_a_secret(app):
    for secret in (None, "", "undefined", "null"):
        said = without("app_secret", app_id=app) if secret is None else {**RIGHT, "app_id": app, "app_secret": secret}
        assert refusal(said) in {
            f"missing app configuration for app: {app}",
            f"app_secret not match. app: {app}",
        }


@pytest.mark.parametrize("token", ["a?b", "a&b", "a=b", "a/b", "a b", "a\r\nHost: x", "é", "\x00"])
def test_tokens_that_would_break_the_address(token):
    assert refusal({**RIGHT, "access_token": token}) == "access_token contains invalid character"


def test_what_is_too_long():
    for name in ("instance_url", "tag", "app_id"):
        maps = Maps({**MAPS.apps, "a" * 256: MAPS.apps["app"]}, {"*": {}})
        long = {"instance_url": "https://" + "e" * 248, "tag": "é" * 128, "app_id": "a" * 256}[name]
        assert len(long.encode()) == 256
        assert refusal({**RIGHT, name: long}, maps) == f"{name} must have 255 bytes at most"
    assert codec.registration_in({**RIGHT, "tag": "é" * 127}, MAPS)
    for name in ("access_token", "callback_url"):
        assert refusal({**RIGHT, name: "t" * 4_097}) == f"{name} must have 4096 characters at most"


def test_no_sentence_repeats_a_secret():
    for fault, _ in ROWS:
        said = {name: value for name, value in {**RIGHT, **fault}.items() if value is not None}
        assert not any(secret in refusal(said) for secret in ("k3y", "wr0ng", "t0ken", "a/b"))


def test_form_and_json_say_the_same():
    form = codec.parameters(f"{FORM}; charset=utf-8", urlencode({**RIGHT, "unknown": "x"}).encode())
    as_json = codec.parameters("application/json", json.dumps({**RIGHT, "endpoint": None, "more": [1]}).encode())
    assert form == as_json == RIGHT


@pytest.mark.parametrize("kind", ["", "text/plain", "multipart/form-data; boundary=x", "application/xml"])
def test_of_another_type_nothing_is_read(kind):
    assert codec.parameters(kind, urlencode(RIGHT).encode()) == {}


@pytest.mark.parametrize(
    ("kind", "body", "code"),
    [
        (FORM, b"tag=a&tag=b", "repeated-parameter"),
        (FORM, b"tag=a&tag=a", "repeated-parameter"),
        (FORM, b"tag=%FF", "malformed-form"),
        (FORM, "tag=é".encode(), "malformed-form"),
        (FORM, b"&".join(b"a=%d" % number for number in range(1_001)), "malformed-form"),
        ("application/json", b"{", "malformed-json"),
        ("application/json", b"[]", "malformed-json"),
        ("application/json", b'{"tag":5}', "bad-parameter"),
        ("application/json", b'{"tag":["a"]}', "bad-parameter"),
        ("application/json", b'{"tag":{"a":"b"}}', "bad-parameter"),
        ("application/json", b"[" * 5_000, "malformed-json"),
    ],
)
def test_bodies_that_cannot_be_read(kind, body, code):
    with pytest.raises(Malformed) as told:
        codec.parameters(kind, body)
    assert told.value.code == code


def test_bracket_syntax_names_nothing_we_know():
    given = codec.parameters(FORM, b"instance_url[]=https%3A%2F%2Fsocial.example&tag[a]=b")
    assert given == {}
    assert refusal(given) == "missing instance_url"


@given(st.dictionaries(st.sampled_from(codec.NAMES), st.text(max_size=20)))
def test_whatever_comes_is_a_registration_or_a_sentence(said):
    try:
        made = codec.registration_in(said, STAR)
    except Malformed:
        return
    assert made.app in STAR.apps


@pytest.mark.parametrize("endpoint", [None, "", "user:notification"])
def test_who_wants_to_be_seen_needs_the_stream_that_tells(endpoint):
    assert codec.presence_token_in({"presence_token": "", "endpoint": endpoint}) is None
    assert codec.presence_token_in({}) is None
    assert codec.presence_token_in({"presence_token": "p", "endpoint": "user"}) == "p"
    with pytest.raises(Malformed, match="presence_token needs endpoint user"):
        codec.presence_token_in({"presence_token": "p", "endpoint": endpoint})


def test_what_is_to_end():
    said = {name: RIGHT[name] for name in PLACE}
    assert codec.place_in({**said, "instance_url": "https://SOCIAL.example"}, MAPS) == Unregister(
        "https://social.example", "app", "device-17"
    )
    assert codec.place_in({**said, "instance_url": "https://unlisted.example"}, MAPS)
    for name, sentence in (
        ("instance_url", "missing instance_url"),
        ("app_id", "missing app_id"),
        ("app_secret", "app_secret not match. app: app"),
        ("tag", "missing tag"),
    ):
        with pytest.raises(Malformed, match=sentence):
            codec.place_in({key: value for key, value in said.items() if key != name}, MAPS)
