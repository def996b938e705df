"""Runs lanyard-py, by its own environment's Python: show.py socket|rest ID; says what show.mjs says."""

import asyncio
import json
import os
import sys

from lanyard import AiohttpProvider, LanyardClient


def tell(document: object) -> None:
    """One line."""
    print(json.dumps(document), flush=True)


async def main(way: str, ident: str) -> None:
    """Show documents until standard input ends."""
    server = os.environ["SERVER"]
    socket = f"{server.replace('http', 'ws')}/socket"
    async with LanyardClient(AiohttpProvider(), base_url=server, ws_url=socket) as client:
        if way == "socket":
            async for document in client.subscribe(ident):
                tell(document)
        tell(await client.get_user(ident))
        while await asyncio.to_thread(sys.stdin.readline):
            tell(await client.get_user(ident))


asyncio.run(main(*sys.argv[1:]))
