"""The listener speaks TLS as to Discord itself, and says its token to nobody whose certificate is not good."""

import ssl

import trustme

from tests.actors.discord.listening import ANN, Listening
from tests.actors.relay.listening import until
from tests.fakes.discord import member


def contexts() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's, and that of a client who trusts it."""
    authority = trustme.CA()
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("127.0.0.1").configure_cert(server)
    authority.configure_trust(client)
    return server, client


def test_a_guild_comes_over_tls_however_long_it_is() -> None:
    server, trust = contexts()
    bot = Listening(tls=server, trust=trust)
    try:
        for number in range(2_000):
            ident = str(3 * 10**17 + number)
            bot.guild.members[ident] = member(ident, f"member-{number}")
        bot.start()
        while "loaded" not in bot.events:
            bot.clock.advance(0)
        assert bot.fake.opened[0].request.query["compress"] == "zlib-stream"
        bot.fake.connected[0].cut()
        until(lambda: "disconnected" in bot.events)
        bot.clock.advance(1.1)
        bot.until_resumed()
    finally:
        bot.close()


def test_who_is_not_trusted_hears_nothing() -> None:
    server, _ = contexts()
    bot = Listening(tls=server)
    try:
        bot.start()
        until(lambda: "disconnected" in bot.events)
        (record,) = [each for each in bot.records if each.event == "disconnected"]
        assert record.details["reason"] == "bad-certificate"
        assert bot.fake.requests == []
        assert bot.claim(ANN) is None
    finally:
        bot.close()
