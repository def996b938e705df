"""A minimal broadcaster on Starlette: PUT stores a document and sends it to all who watch its name."""

import json

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

newest: dict[str, str] = {}
watchers: dict[str, set[WebSocket]] = {}


async def publish(request: Request) -> Response:
    name = request.path_params["name"]
    newest[name] = text = json.dumps(await request.json())
    for watcher in tuple(watchers.get(name, ())):
        try:
            await watcher.send_text(text)
        except (RuntimeError, WebSocketDisconnect):
            watchers[name].discard(watcher)
    return Response(status_code=204)


async def snapshot(request: Request) -> Response:
    return Response(newest.get(request.path_params["name"], "{}"), media_type="application/json")


async def watch(socket: WebSocket) -> None:
    name = socket.path_params["name"]
    crowd = watchers.setdefault(name, set())
    await socket.accept()
    await socket.send_text(newest.get(name, "{}"))
    crowd.add(socket)
    try:
        while True:
            await socket.receive_text()
    except WebSocketDisconnect:
        return
    finally:
        crowd.discard(socket)


app = Starlette(
    routes=[
        Route("/presence/{name}", publish, methods=["PUT"]),
        Route("/presence/{name}", snapshot, methods=["GET"]),
        WebSocketRoute("/ws/{name}", watch),
    ]
)
