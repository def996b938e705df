"""Artwork over a real server: uploaded, verified, fetched in whole and in part, referred to, and kept."""

import json
from collections.abc import Iterator
from hashlib import sha256
from http.client import HTTPConnection, HTTPMessage
from typing import Any

import pytest

from actors.artworks import LARGEST
from tests.serving import Added, Served, start, user_add
from tests.web.dialects.dyson.uploading import FORM, part
from tests.web.pictures.samples import encoded, flat

pytestmark = pytest.mark.live

Said = tuple[int, bytes, HTTPMessage]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return tmp_path_factory.mktemp("art") / "data"


@pytest.fixture(scope="module")
def alice(folder: Any) -> Added:
    return user_add(folder, "alice")


@pytest.fixture(scope="module")
def server(folder: Any, alice: Added) -> Iterator[Served]:
    with start(folder, config="[limits]\nrequests_per_second = 0\n") as served:
        yield served


def _ask(server: Served, method: str, path: str, body: bytes | None = None, **fields: str) -> Said:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request(method, path, body, {name.replace("_", "-"): value for name, value in fields.items()})
    with connection.getresponse() as answer:
        said = answer.status, answer.read(), answer.headers
    connection.close()
    return said


def _upload(server: Served, token: str, body: bytes, path: str = "/api/presence/artworks", kind: str = FORM) -> Any:
    fields = {"Authorization": f"Bearer {token}"} if token else {}
    status, data, _ = _ask(server, "POST", path, body, Content_Type=kind, **fields)
    return status, json.loads(data)


@pytest.mark.parametrize("kind", ["png", "jpeg", "gif", "webp"])
def test_an_image_comes_back_as_it_went(server: Served, alice: Added, kind: str) -> None:
    data = encoded(flat(8, 8), kind.upper())
    digest = sha256(data).hexdigest()
    address = f"/api/presence/artworks/sha256:{digest}"
    # What it is called is found out: the client may say what it likes.
    for mount in ("/api", "/passport"):
        status, told = _upload(server, alice.token, part(data, "image/whatever"), f"{mount}/presence/artworks")
        assert status == 200
        assert told == {
            "hash": f"sha256:{digest}",
            "mime_type": f"image/{kind}",
            "size": len(data),
            "url": address,
        }
    for path in (address, f"/api/presence/artworks/{digest}", f"/pass/presence/artworks/SHA256:{digest.upper()}"):
        status, body, fields = _ask(server, "GET", path)
        assert (status, body, fields["Content-Type"]) == (200, data, f"image/{kind}")
        assert fields["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in fields["Content-Security-Policy"]


def test_parts_of_it_are_had(server: Served, alice: Added) -> None:
    data = encoded(flat(9, 9), "PNG")
    _, told = _upload(server, alice.token, part(data))
    path, size = told["url"], len(data)
    for asked, wanted, named in (
        ("bytes=0-3", data[:4], f"bytes 0-3/{size}"),
        ("bytes=5-", data[5:], f"bytes 5-{size - 1}/{size}"),
        ("bytes=-4", data[-4:], f"bytes {size - 4}-{size - 1}/{size}"),
        (f"bytes=1-{size + 9}", data[1:], f"bytes 1-{size - 1}/{size}"),
    ):
        status, body, fields = _ask(server, "GET", path, Range=asked)
        assert (status, body, fields["Content-Range"]) == (206, wanted, named)
    for asked in ("bytes=0-1,3-4", "lines=1-2", "bytes=x"):
        assert _ask(server, "GET", path, Range=asked)[:2] == (200, data)
    status, body, fields = _ask(server, "GET", path, Range=f"bytes={size}-")
    assert (status, body, fields["Content-Range"]) == (416, b"", f"bytes */{size}")
    tag = fields["ETag"]
    assert _ask(server, "GET", path, If_None_Match=tag)[:2] == (304, b"")
    assert _ask(server, "GET", path, Range="bytes=0-3", If_Range='"another"')[:2] == (200, data)
    assert _ask(server, "GET", path, Range="bytes=0-3", If_Range=tag)[0] == 206


def test_what_is_no_image_is_not_taken(server: Served, alice: Added) -> None:
    png = encoded(flat(8, 8), "PNG")
    for body, sentence in (
        (part(b"<svg onload=alert(1)>"), "This is no PNG, JPEG, GIF or WebP image."),
        (part(png[: len(png) // 2]), "This is no PNG, JPEG, GIF or WebP image."),
        (part(b""), f"An image has 1 to {LARGEST:,} bytes."),
        (part(png + b"x" * LARGEST), f"An image has 1 to {LARGEST:,} bytes."),
        (part(png, "text/html"), "The file's content type must be image/*."),
        (part(png, field="other"), "The form has no file in the field 'file'."),
        (b"", "The form has no file in the field 'file'."),
        (part(encoded(flat(9_000, 2), "PNG")), "This image is too large to be drawn."),
    ):
        status, problem = _upload(server, alice.token, body)
        assert (status, problem["errors"]) == (400, {"file": [sentence]})
        status, problem = _upload(server, alice.token, body, "/passport/presence/artworks")
        assert (status, problem["code"]) == (400, "PASSPORT_ARTWORK_UPLOAD_FAILED")
    assert _upload(server, alice.token, png, kind="image/png")[0] == 400
    assert _upload(server, "", part(png))[0] == 401
    assert _ask(server, "POST", "/api/presence/artworks", b"x" * (LARGEST + 70_000))[0] == 413
    assert _ask(server, "GET", "/api/presence/artworks/sha256:1")[0] == 400
    assert _ask(server, "GET", f"/passport/presence/artworks/{'0' * 64}")[0] == 404
    assert json.loads(_ask(server, "GET", f"/passport/presence/artworks/{'0' * 64}")[1])["code"].endswith("NOT_FOUND")


def test_an_activity_refers_to_what_was_uploaded_and_to_nothing_else(server: Served, alice: Added) -> None:
    _, told = _upload(server, alice.token, part(encoded(flat(7, 7), "PNG")))
    known, unknown = told["hash"], f"sha256:{'0' * 64}"

    def post(path: str, body: Any, token: str = alice.token, method: str = "POST") -> Any:
        fields = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        status, data, _ = _ask(server, method, path, json.dumps(body).encode(), **fields)
        return status, json.loads(data)

    mine, deployed = "/api/activities", "/passport/activities"
    status, made = post(mine, {"type": 1, "manualId": "art", "largeImage": known, "smallImage": "discord:123"})
    assert (status, made["largeImage"], made["smallImage"]) == (200, known, "discord:123")
    for image, code, text in (
        (unknown, "PASSPORT_ACTIVITY_ARTWORK_NOT_FOUND", "Artwork not found."),
        ("SHA256:xyz", "PASSPORT_ACTIVITY_ARTWORK_INVALID", "Invalid artwork hash."),
    ):
        for path, method in (
            (deployed, "POST"),
            (f"{deployed}/{made['id']}", "PUT"),
            (f"{deployed}?manualId=art", "PUT"),
        ):
            status, refused = post(path, {"type": 1, "manual_id": "art", "small_image": image}, method=method)
            assert (status, refused["code"], refused["message"]) == (400, code, text)
        assert post(mine, {"type": 1, "smallImage": image})[1]["errors"] == {"smallImage": [text]}
        assert post(mine, {"type": 1, "smallImage": image}, token="none")[0] == 401, "who asks comes first"
    assert post(f"{mine}?manualId=art", {"smallImage": known.upper().replace("SHA", "sha")}, method="PUT")[0] == 200


def test_it_outlives_the_server(folder: Any, server: Served, alice: Added) -> None:
    data = encoded(flat(6, 6), "PNG")
    _, told = _upload(server, alice.token, part(data))
    server.kill9()
    with start(folder, port=server.port) as again:
        assert _ask(again, "GET", told["url"])[1] == data
