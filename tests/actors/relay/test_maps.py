"""The operator's two maps: read as they are, and what they allow (mastodon-relay.md A2)."""

import pytest

from actors.relay.maps import MapFault, Maps, read_maps
from actors.relay.registration import Instance

APPS = """{
  // comments and missing commas are legal Hjson
  "org.example.app": { secret: "k3y" }
  org.example.vip: { secret: "v1p", signing_key: "s1gn" }
  "org.example.bare": {}
}"""
INSTANCES = """{
  "https://social.example": {
    appIdAllowed: ["org.example.app"]      // string or array of strings; absent = every known app
    replaceUrl: "http://10.0.0.5:4000"     // base for the STREAMING connection (LAN short cut)
    replaceUrlWeb: "http://10.0.0.5:3000"  // base for GET /api/v1/instance
    endpoint: "user"                       // default stream type for this instance
  }
  "https://open.example": {}
  "*": { appIdAllowed: "org.example.vip", replaceUrl: "http://10.0.0.9" } // everything else
}"""


@pytest.fixture
def files(tmp_path):
    apps, instances = tmp_path / "app_map.hjson", tmp_path / "instance_map.hjson"
    apps.write_text(APPS)
    instances.write_text(INSTANCES)
    return apps, instances


def test_the_documents_own_examples_are_read(files):
    maps = read_maps(*files)
    assert set(maps.apps) == {"org.example.app", "org.example.vip", "org.example.bare"}
    assert maps.apps["org.example.vip"].signing_key == "s1gn"
    assert maps.instance("https://social.example") == Instance(
        "https://social.example", "http://10.0.0.5:4000", "http://10.0.0.5:3000", "user"
    )


def test_what_the_star_says_counts_for_permission_alone(files):
    maps = read_maps(*files)
    assert maps.instance("https://else.example") == Instance("https://else.example")
    assert maps.instance("*") == Instance("*")
    assert maps.admits("https://else.example", "org.example.vip")
    assert not maps.admits("https://else.example", "org.example.app")


@pytest.mark.parametrize(
    ("instance", "app", "may"),
    [
        ("https://social.example", "org.example.app", True),
        ("https://social.example/", "org.example.app", False),
        ("https://social.example", "org.example.vip", False),
        ("https://open.example", "org.example.app", True),
        ("https://open.example", "constructor", False),
        ("constructor", "org.example.app", False),
    ],
)
def test_permission(files, instance, app, may):
    assert read_maps(*files).admits(instance, app) is may


def test_without_an_entry_and_without_a_star_nobody_may():
    maps = read_maps({"a": {"secret": "s"}}, {"https://one.example": {}})
    assert maps.admits("https://one.example", "a")
    assert not maps.admits("https://two.example", "a")
    assert not Maps().admits("https://one.example", "a")


@pytest.mark.parametrize(
    ("app", "secret", "right"),
    [
        ("org.example.app", "k3y", True),
        ("org.example.app", "K3y", False),
        ("org.example.app", "", False),
        ("org.example.app", None, False),
        ("org.example.app", "\ud800", False),
        ("org.example.bare", None, False),
        ("org.example.bare", "", False),
        ("org.example.bare", "undefined", False),
    ],
)
def test_who_knows_the_secret(files, app, secret, right):
    assert read_maps(*files).apps[app].knows(secret) is right


def test_secrets_are_in_no_text_of_the_maps(files):
    assert "k3y" not in repr(read_maps(*files))
    assert "s1gn" not in repr(read_maps(*files))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{ "a": ', "app_map: .* is not Hjson: .* at line 1, column 8"),
        ("[1]", "app_map must be an object"),
        ('{ "a": "s3cret" }', "app_map: the entry a must be an object"),
        ('{ "a": { secret: 5 } }', "app_map: secret of a must be text"),
        ('{ "a": { secret: "" } }', "app_map: secret of a must be text"),
        ("[" * 100_000, "app_map: .* is nested too deeply"),
    ],
)
def test_a_broken_app_map_is_told_in_a_sentence(files, text, sentence):
    files[0].write_text(text)
    with pytest.raises(MapFault, match=sentence) as told:
        read_maps(*files)
    assert "s3cret" not in str(told.value)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{ "https://a.example": [] }', "the entry https://a.example must be an object"),
        ('{ "https://a.example": { endpoint: "public" } }', "endpoint of https://a.example must be one of user"),
        ('{ "https://a.example": { replaceUrl: "10.0.0.5" } }', "replaceUrl of https://a.example must be an http"),
        ('{ "https://a.example": { replaceUrlWeb: 5 } }', "replaceUrlWeb of https://a.example must be an http"),
    ],
)
def test_a_broken_instance_map_is_told_in_a_sentence(files, text, sentence):
    files[1].write_text(text)
    with pytest.raises(MapFault, match=sentence):
        read_maps(*files)


def test_files_that_cannot_be_read(files, tmp_path):
    with pytest.raises(MapFault, match="No such file"):
        read_maps(tmp_path / "none.hjson", files[1])
    files[0].write_bytes(b"\xff\xfe")
    with pytest.raises(MapFault, match="not UTF-8"):
        read_maps(*files)


def test_a_byte_order_mark_is_read_over_and_nothing_means_nobody(files):
    files[0].write_bytes(b"\xef\xbb\xbf" + APPS.encode())
    assert read_maps(*files).apps
    assert read_maps(None, None) == Maps()
