"""A publisher's image gives a viewer colours: a real server, a real socket, and a real image that may be fetched."""

import io
import json
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import websocket
from PIL import Image

from tests.serving import Served, start

pytestmark = pytest.mark.live


@pytest.fixture
def image_port() -> Iterator[int]:
    """Serves a blue image at /sky."""
    written = io.BytesIO()
    Image.new("RGB", (300, 300), (10, 20, 200)).save(written, "PNG")

    class Sky(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/sky" else 404)
            self.send_header("Content-Length", str(len(written.getvalue())))
            self.end_headers()
            self.wfile.write(written.getvalue())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Sky)
    serving = Thread(target=server.serve_forever, args=(0.05,))
    serving.start()
    yield server.server_port
    server.shutdown()
    serving.join()
    server.server_close()


def ask(method: str, url: str, body: Any = None) -> Any:
    request = urllib.request.Request(
        url, json.dumps(body).encode(), {"Content-Type": "application/json"}, method=method
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def publish(server: Served, token: str, image: str) -> None:
    session = ask("GET", f"{server.url}/session?token={token}")["sessionID"]
    presences = [{"title": "x", "image": image, "gradient": {"enabled": True}}]
    ask("PUT", f"{server.url}/session?token={token}&id={session}", {"presences": presences})


def test_an_allowed_image_gives_colours_and_a_private_one_does_not(tmp_path: Path, image_port: int) -> None:
    config = f'[presenti]\nexpires_ms = 60000\n[outgoing]\nallow_private_hosts = ["127.0.0.1:{image_port}"]\n'
    with start(tmp_path / "data", config=config) as server:
        token = server.user_add("ann").token
        viewer = websocket.create_connection(f"ws://127.0.0.1:{server.port}/presence/ann?wire=deployed", timeout=10)
        assert json.loads(viewer.recv())["state"] == {}
        publish(server, token, f"{server.url}/sky")
        first = json.loads(viewer.recv())
        assert (len(first["presence"]), first["state"]) == (1, {})
        publish(server, token, f"http://127.0.0.1:{image_port}/sky")
        assert json.loads(viewer.recv())["state"] == {}
        state = {"gradient": {"color": "#0a14c8", "transition": 2000, "paused": False}}
        message = json.loads(viewer.recv())
        assert message["state"] == message["data"]["state"] == state
        with urllib.request.urlopen(f"{server.url}/api/presence/ann") as answer:
            assert json.load(answer)["state"] == state
        viewer.close()
