"""A minimal broadcaster on Flask-SocketIO and gevent: PUT stores a document and emits it to its name's room."""

# ruff: noqa: E402 - gevent patches before anything else is imported
from gevent import monkey

monkey.patch_all()

import json
import sys
from typing import Any

from flask import Flask, Response, request
from flask_socketio import SocketIO, emit, join_room
from gevent import pywsgi

pywsgi.WSGIServer.backlog = 4096  # ten thousand clients come at once
app = Flask(__name__)
rooms = SocketIO(app, async_mode="gevent", cors_allowed_origins="*", http_compression=False)
newest: dict[str, Any] = {}


@rooms.on("watch")
def watch(name: str) -> None:
    join_room(name)
    emit("presence", newest.get(name, {}))


@app.put("/presence/<name>")
def publish(name: str) -> tuple[str, int]:
    newest[name] = document = request.get_json()
    rooms.emit("presence", document, to=name)
    return "", 204


@app.get("/presence/<name>")
def snapshot(name: str) -> Response:
    return Response(json.dumps(newest.get(name, {})), mimetype="application/json")


rooms.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_output=False)
