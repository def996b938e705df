"""Presently's command: patches gevent, reads the settings, wires the house, serves, drains.

The only file that knows all the others: what is wired here is wired nowhere else, and so it is longer than they are.
"""

from gevent import monkey

monkey.patch_all()

import gc
import os
import shlex
import signal
import sys
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

import click
import gevent
import structlog

from actors import log
from actors.activities import ClaimOf
from actors.burst.ring import fastest
from actors.clock import WallClock
from actors.courier.reply import Send
from actors.discord.plan import discord_child
from actors.errors import HouseError, Unavailable
from actors.falls import Limits
from actors.house import House
from actors.messages.connection import Drain
from actors.messages.supervision import ShutDown
from actors.painter import Measure
from actors.plan import plan
from actors.relay.ledger import Ledger
from actors.relay.maps import MapFault
from actors.relay.network import Network
from actors.relay.plan import relay_branch
from actors.relay.registration import RELAY
from actors.relay.switch import read_relay_maps, relays, reload_relay_maps
from actors.settings import Settings
from actors.settings.sources import SettingsFault, load
from actors.settings.unbuilt import not_built, warn_of_unused
from actors.supervision import Branch, Child, Supervisor, draw, fixed
from actors.supervision.root import RootParent
from actors.webhooks.webhook import WEBHOOK
from storage.board import LocalBoard
from storage.commands import dead_letters, kv, token, user
from storage.database import SQLITE, file_of, open_database
from storage.disk import printed, written
from storage.lock import locked
from storage.passwords import Passwords
from storage.schema import RefusedDatabaseError
from storage.sealing import Seal, secret_of
from storage.setup import import_, init
from storage.store import Store
from storage.waking import build_house
from storage.webhooks import Webhooks
from web.dialects.dyson.addresses import artworks_at
from web.dialects.dyson.documents import claim_of
from web.dialects.native.notices import Notices
from web.dialects.presenti.shaping import shaping_of
from web.opening import open_doors
from web.outgoing import Callbacks
from web.outgoing.discord import discord_network
from web.outgoing.relay import network_of
from web.server import Server
from web.site import Hooks
from web.windows import Windows

DRAIN_SECONDS = 15.0
DRAIN_SECONDS_EACH = 0.002
"""A drain is spread over this much for each connection, and over DRAIN_SECONDS at most."""

SERVER_OPTIONS = (
    click.option("--host", help="Address to listen on (127.0.0.1)."),
    click.option("--port", type=int, help="Port to listen on (8138)."),
    click.option("--workers", type=int, help="Processes that share the work (1)."),
    click.option("--redis", metavar="URL", help="What several processes share."),
)
STORE_OPTIONS = (
    click.option("--data", metavar="DIR", help="Folder of everything that is kept (./data)."),
    click.option("--database", metavar="URL", help="postgresql://... in place of SQLite in the data folder."),
    click.option("--config", metavar="FILE", type=click.Path(exists=True, dir_okay=False), help="A config.toml."),
)


def read_settings(flags: dict[str, Any]) -> Settings:
    """The settings that hold; every fault on a line of its own, and exit code 2."""
    config = flags.pop("config", None)
    try:
        settings = load(flags, os.environ, Path(config) if config else None)
        faults = not_built(settings)
    except SettingsFault as fault:
        faults = fault.faults
    if faults:
        for sentence in faults:
            click.echo(f"Error: {sentence}", err=True)
        sys.exit(2)
    return settings


def open_store(settings: Settings) -> Store:
    """The store of these settings; the data folder is made on the first start."""
    data = settings.server.data
    with written("data folder", data):
        data.mkdir(parents=True, exist_ok=True)
    database = open_database(database_of(settings))
    return Store(database, WallClock(), open_seal(settings))


def database_of(settings: Settings) -> str | Path:
    """The address of the database, by default a file in the data folder."""
    return settings.server.database or settings.server.data / "presently.sqlite"


def first_start(house: House, store: Store, settings: Settings, port: int) -> None:
    """Make an operator's token if there is none, show it this once, and say what to do next.

    Only once the port is ours and somebody takes the first line: a start that fails must not use the one showing up.
    """
    if any("operator" in entry.credential.scopes for entry in store.tokens()):
        return
    places = [settings.server.data.resolve(), *filter(None, [_file_elsewhere(settings)])]
    printed(f"Welcome to Presently. Everything is kept in {' and '.join(map(str, places))}.")
    text, credential = store.create_token(None, ("operator",))
    house.keyring.learn(credential)
    printed(
        f"Your operator token, shown only now: {text}\n"
        f"Next, in another terminal:\n"
        f"  {_command(settings, 'user', 'add', 'NAME')}\n"
        f"It prints a token to publish with. Then open\n"
        f"{settings.server.url(port)}/u/NAME in a browser."
    )


def _file_elsewhere(settings: Settings) -> Path | None:
    """The database's file where one is named; a server's URL is never shown, as it may hold a password."""
    return file_of(settings.server.database) if settings.server.database else None


def _command(settings: Settings, *words: str) -> str:
    """A command for the same Python and the same stored things as ours, as it can be pasted into a shell."""
    usual, used = Settings().server, settings.server
    data = [] if used.data == usual.data else ["--data", str(used.data)]
    file = _file_elsewhere(settings)
    database = ["--database", f"{SQLITE}{file}"] if file else []
    return shlex.join([sys.orig_argv[0], sys.argv[0], *words, *data, *database])


def relay_of(house: House, settings: Settings, ledger: Ledger, network: Network) -> Branch | None:
    """The relay's branch, where it works."""
    if not relays(settings):
        return None
    wanted = settings.relay
    return relay_branch(
        house,
        limits_of(settings),
        ledger,
        network,
        end_on_410=wanted.end_on_410,
        catch_up=wanted.catch_up,
        presence_seconds=wanted.presence_seconds,
    )


def limits_of(settings: Settings) -> Limits:
    """How often something may fall."""
    wanted = settings.supervision
    return Limits(wanted.intensity, wanted.period, wanted.backoff, wanted.backoff_max)


def tree_of(
    house: House,
    store: Store,
    change: int,
    settings: Settings,
    *,
    measure: Measure,
    senders: Mapping[str, Send],
    relay: Branch | None,
    webhooks: Webhooks,
    discord: Child | None,
) -> Branch:
    """The supervision tree under these settings."""
    return plan(
        house,
        store,
        store,
        change,
        limits_of(settings),
        archive=store,
        modules=settings.modules,
        measure=measure,
        claim_of=claims_of(settings),
        relay=relay,
        outbox=store,
        senders=senders,
        webhooks=webhooks,
        words=Notices(),
        discord=discord,
    )


def claims_of(settings: Settings) -> ClaimOf:
    """What makes claims of kept activities, where the world knows by which address we have their images."""
    return partial(claim_of, artworks=artworks_at(settings))


def open_seal(settings: Settings) -> Seal:
    """What seals secrets that are used or shown again."""
    return Seal(cache(lambda: secret_of(settings.dialects.lantern.kv_secret, settings.server.data)))


def keep_serving(settings: Settings) -> int:
    """Serve until told to stop; answered with the exit code."""
    maps = read_relay_maps(settings)
    store = open_store(settings)
    house, change = build_house(store, claims_of(settings), fastest(io_uring=settings.server.io_uring), shaping_of)
    house.registrations.maps = maps
    process = RootParent()
    windows, seal = Windows.open(settings, house.clock, store), open_seal(settings)
    webhooks = store.webhooks(seal)
    senders = {WEBHOOK: Callbacks(windows.client, house.clock), RELAY: Callbacks(windows.relay, house.clock)}
    relay = relay_of(house, settings, store.registrations(seal), network_of(windows.relay))
    tree = tree_of(
        house,
        store,
        change,
        settings,
        measure=windows.album.palette,
        senders=senders,
        webhooks=webhooks,
        relay=relay,
        discord=discord_child(house, settings.discord, discord_network(windows.client, settings.discord)),
    )
    root = Supervisor.start(tree, house.clock, house.journal, parent=process, path=tree.name)
    tree.address.move_in(root)
    server = open_doors(
        house,
        settings,
        store,
        Passwords(),
        outside=windows.outside,
        hooks=Hooks(webhooks, windows.client),
        fixed=tuple(fixed(tree)),
    )
    _obey_signals(settings, server, house, process)
    _tune()
    first_start(house, store, settings, server.server_port)
    printed(f"ready {settings.server.url(server.server_port)}")
    code: int = process.ended.get()
    server.stop(0)
    windows.close()
    store.close()
    return code


def _obey_signals(settings: Settings, server: Server, house: House, process: RootParent) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        gevent.signal_handler(number, gevent.spawn, _leave, server, house, process)
    gevent.signal_handler(signal.SIGHUP, gevent.spawn, reload_relay_maps, settings, house)


def _tune() -> None:
    """Tell the interpreter how this process lives: one busy hub beside native threads, and much that never ends."""
    sys.setswitchinterval(0.0005)  # the storage thread then holds the hub for 1 ms at most, not for 9
    gc.freeze()
    gevent.get_hub().SYSTEM_ERROR = ()  # else a module's own greenlet that raises SystemExit ends the process undrained
    gc.set_threshold(20_000, 25, 50)  # a storm of connections costs 40 % of its time in collections otherwise


def _leave(server: Server, house: House, process: RootParent) -> None:
    """Drain: no new connections, everyone is asked to come back elsewhere, then the tree is stopped.

    Whatever does not end in its time is left behind: the process ends within 30 s, then with exit code 1.
    """
    if server.draining:  # a second signal changes nothing
        return
    server.drain()
    seconds = min(DRAIN_SECONDS, server.admission.open * DRAIN_SECONDS_EACH)
    try:
        house.connections.ask(Drain(seconds), timeout=seconds + 6)
        server.wait_drained(1)
        house.presence.ask(ShutDown(), timeout=8)
    except HouseError as late:  # no answer, or none taken in
        structlog.get_logger().error("drain cut short", code=late.code)
        process.give_up()


def _with(options: tuple[Callable[[Any], Any], ...]) -> Callable[[Any], Any]:
    def decorate(command: Any) -> Any:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


@click.group(invoke_without_command=True)
@_with(SERVER_OPTIONS)
@_with(STORE_OPTIONS)
@click.pass_context
def main(context: click.Context, /, **flags: Any) -> None:
    """Presently, a presence server. Without a command it serves."""
    context.obj = lambda: open_store(read_settings(flags))
    context.meta["flags"] = flags
    if context.invoked_subcommand is None:
        _serve(flags)


@main.command()
@_with(SERVER_OPTIONS)
@_with(STORE_OPTIONS)
@click.pass_context
def serve(context: click.Context, /, **flags: Any) -> None:
    """Serve until SIGTERM."""
    given = {name: value for name, value in flags.items() if value is not None}
    _serve({**context.meta["flags"], **given})


def _serve(flags: dict[str, Any]) -> None:
    settings = read_settings(flags)
    sink = log.configure(settings.log.level)
    warn_of_unused(settings)
    try:
        with locked(settings.server.data, database_of(settings)):
            code = keep_serving(settings)
    except BrokenPipeError:
        click.echo("Error: standard output was closed before the server was ready", err=True)
        code = 1
    except (RefusedDatabaseError, MapFault, Unavailable, OSError) as error:
        click.echo(f"Error: {error}", err=True)
        code = 1
    sink.flush(2.0)
    sys.exit(code)


@main.command()
@_with(STORE_OPTIONS)
@click.pass_context
def tree(context: click.Context, /, **flags: Any) -> None:
    """Draw the supervision tree, with the modules that the settings name."""
    given = {name: value for name, value in flags.items() if value is not None}
    settings = read_settings({**context.meta["flags"], **given})
    house = House(WallClock(), LocalBoard())
    nothing: Any = None  # nothing is started
    relay = relay_of(house, settings, nothing, nothing)
    discord = discord_child(house, settings.discord, nothing)
    drawn = tree_of(
        house, nothing, 0, settings, measure=nothing, senders={}, webhooks=nothing, relay=relay, discord=discord
    )
    printed(draw(drawn))


def _accept_store_options(*commands: click.Command) -> None:
    """Let each command take the store's options at its end too."""

    def note(context: click.Context, option: click.Parameter, value: Any) -> None:
        if value is not None:
            context.meta["flags"][option.name] = value

    for command in commands:
        for name in ("data", "database", "config"):
            command.params.append(click.Option([f"--{name}"], expose_value=False, callback=note, hidden=True))


_accept_store_options(dead_letters)
for group in (user, token, kv):
    _accept_store_options(*group.commands.values())
    main.add_command(group)

for command in (init, import_, dead_letters):
    main.add_command(command)

if __name__ == "__main__":
    main()
