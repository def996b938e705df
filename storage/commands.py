"""The `user`, `token` and `kv` commands as click groups; the context's object is a callable that opens the Store."""

import json
import math
import sys
from collections.abc import Callable
from typing import Any

import click

from actors.errors import HouseError, Malformed
from storage import errands, kv_errands
from storage.accounts import Link
from storage.dialect_tokens import DIALECTS
from storage.disk import printed
from storage.errands import Answer
from storage.kv_errands import All, Done, Token, Value
from storage.schema import RefusedDatabaseError
from storage.store import Store

Told = Answer | Value | All | Done | Token

DAY = 86_400.0
"""Seconds."""

BAD_INPUT = 2
"""The exit code for what cannot be understood, as click's own for an unknown option; what is refused ends with 1."""


def _command(errand: Callable[..., Told]) -> Callable[..., None]:
    """Open the store, run the errand with it, print the answer, close; failures become one line and an exit code."""

    def run(open_store: Callable[[], Store], /, as_json: bool, **given: Any) -> None:
        try:
            store = open_store()
            try:
                answer = errand(store, **given)
            finally:
                store.close()
        except (HouseError, RefusedDatabaseError, OSError) as error:
            click.echo(f"Error: {error}", err=True)
            sys.exit(BAD_INPUT if isinstance(error, Malformed) else 1)
        printed(json.dumps(answer.document()) if as_json else answer.text())

    run.__doc__ = errand.__doc__
    return click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")(click.pass_obj(run))


def _link(_context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]) -> tuple[Link, ...]:
    links = tuple(text.partition(":") for text in given)
    if not all(colon for _provider, colon, _theirs in links):
        raise click.BadParameter("a link is written PROVIDER:ID, for example mastodon:@ada@example.org")
    return tuple((provider, theirs) for provider, _colon, theirs in links)


def _scopes(_context: click.Context, _parameter: click.Parameter, given: str) -> tuple[str, ...]:
    return tuple(scope.strip() for scope in given.split(",") if scope.strip())


def _seconds(_context: click.Context, _parameter: click.Parameter, days: float | None) -> float | None:
    if days is not None and math.isnan(days):  # which is in every range, and would never come
        raise click.BadParameter("nan is not a number of days.")
    return None if days is None else days * DAY


@click.group()
def user() -> None:
    """Add, list and remove accounts, whether or not the server is running."""


@user.command("add")
@click.argument("name")
@click.option("--discord", metavar="ID", help="The Discord id, 17 to 19 digits.")
@click.option("--link", "links", metavar="PROVIDER:ID", multiple=True, callback=_link, help="An identity elsewhere.")
@click.option("--password", metavar="PW", help="For signing in on a page.")
@_command
def add(store: Store, name: str, discord: str | None, links: tuple[Link, ...], password: str | None) -> Answer:
    """Make the account NAME and print its first token, which may publish and keep key-values."""
    every = links if discord is None else (("discord", discord), *links)
    return errands.add_user(store, name, every, password)


@user.command("list")
@_command
def list_users(store: Store) -> Answer:
    """List all accounts."""
    return errands.list_users(store)


@user.command("remove")
@click.argument("name")
@_command
def remove(store: Store, name: str) -> Answer:
    """Take the account NAME (or id) away, with its links, tokens and live claims."""
    return errands.remove_user(store, name)


@click.command("dead-letters")
@click.option("--queue", metavar="KIND:ID", help="Only those of this queue.")
@click.option("--take", type=click.IntRange(1, 10_000), default=100, help="How many (100).")
@_command
def dead_letters(store: Store, queue: str | None, take: int) -> Answer:
    """List the callbacks that were given up, the newest first."""
    return errands.list_dead_letters(store, queue, take)


@click.group()
def token() -> None:
    """Create, list and revoke tokens, whether or not the server is running."""


_ends = click.option(
    "--days",
    "seconds",
    metavar="N",
    type=click.FloatRange(0, 36_500, min_open=True),
    callback=_seconds,
    help="When it ends by itself (never); parts of a day too.",
)


@token.command("create")
@click.argument("name")
@click.option("--scope", "scopes", metavar="A,B", required=True, callback=_scopes, help="What the token allows.")
@_ends
@_command
def create(store: Store, name: str, scopes: tuple[str, ...], seconds: float | None) -> Answer:
    """Make a token of the account NAME (or id) and print it, once."""
    return errands.create_token(store, name, scopes, seconds)


@token.command("first-party")
@_ends
@_command
def first_party(store: Store, seconds: float | None) -> Answer:
    """Make a token for an instance's own programs, which publish for anybody."""
    return errands.create_token(store, None, ("first-party",), seconds)


@token.command("operator")
@_ends
@_command
def operator(store: Store, seconds: float | None) -> Answer:
    """Make a token for operators: it opens what stands under /ops."""
    return errands.create_token(store, None, ("operator",), seconds)


@token.command("list")
@_command
def list_tokens(store: Store) -> Answer:
    """List the tokens that are not revoked; never their text."""
    return errands.list_tokens(store)


@token.command("revoke")
@click.argument("id")
@_command
def revoke(store: Store, id: str) -> Answer:  # noqa: A002  # click names the parameter as the argument
    """End the token with this ID, as token list shows it."""
    return errands.revoke_token(store, id)


@click.group()
def kv() -> None:
    """Read and write an account's key-values, whether or not the server is running."""


@kv.command("get")
@click.argument("name")
@click.argument("key")
@_command
def get_pair(store: Store, name: str, key: str) -> Value:
    """Print what the account NAME (or id) keeps at KEY."""
    return kv_errands.get_pair(store, name, key)


@kv.command("set")
@click.argument("name")
@click.argument("key")
@click.argument("value")
@_command
def set_pair(store: Store, name: str, key: str, value: str) -> Done:
    """Keep VALUE at KEY for the account NAME (or id)."""
    return kv_errands.set_pair(store, name, key, value)


@kv.command("list")
@click.argument("name")
@_command
def list_pairs(store: Store, name: str) -> All:
    """Print all that the account NAME (or id) keeps."""
    return kv_errands.list_pairs(store, name)


@kv.command("delete")
@click.argument("name")
@click.argument("key")
@_command
def delete_pair(store: Store, name: str, key: str) -> Done:
    """Take away what the account NAME (or id) keeps at KEY."""
    return kv_errands.delete_pair(store, name, key)


@kv.command("token")
@click.argument("name")
@click.option("--dialect", type=click.Choice(DIALECTS), required=True, help="Whose form the token has.")
@click.option("--show", is_flag=True, help="Print Lantern's token again instead of making a new one.")
@_command
def give_token(store: Store, name: str, dialect: str, show: bool) -> Token:
    """Make a token for the key-values of the account NAME (or id), in place of the one before, and print it."""
    return kv_errands.give_token(store, name, dialect, show=show)
