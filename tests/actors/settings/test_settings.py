"""Settings: what holds when nothing is said, who overrides whom, and how faults are told."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.settings import Module, Server, Settings
from actors.settings.sources import SettingsFault, load


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def written(text: str, name: str = "config.toml") -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def faults(flags: dict[str, Any] | None = None, environ: dict[str, str] | None = None, text: str = "") -> list[str]:
    with pytest.raises(SettingsFault) as caught:
        load(flags or {}, environ or {}, written(text))
    assert str(caught.value) == "\n".join(caught.value.faults)
    return caught.value.faults


def test_nothing_said_is_the_defaults() -> None:
    settings = load({}, {}, None)
    assert settings == Settings()
    assert (settings.server.host, settings.server.port, settings.server.data) == ("127.0.0.1", 8138, Path("data"))
    assert (settings.presenti.expires_ms, settings.presenti.coalesce_ms) == (10_000, 0)
    assert (settings.limits.connections, settings.limits.connections_per_address) == (12_000, 100)
    assert settings.web.trusted_proxies == ("127.0.0.0/8", "::1/128")


def test_each_source_overrides_the_ones_before_it() -> None:
    path = written("[server]\nport = 1001\nhost = '10.0.0.1'\nworkers = 1\n[presenti]\nexpires_ms = 5000\n")
    environ = {"PORT": "1002", "PRESENTLY_SERVER__PORT": "1003"}
    assert load({}, {}, path).server.port == 1001
    assert load({}, {"PORT": "1002"}, path).server.port == 1002
    assert load({}, environ, path).server.port == 1003
    settings = load({"port": 1004, "presenti.coalesce_ms": 250, "host": None}, environ, path)
    assert (settings.server.port, settings.server.host) == (1004, "10.0.0.1")
    assert (settings.presenti.expires_ms, settings.presenti.coalesce_ms) == (5000, 250)


def test_the_file_is_found_in_the_data_folder_then_here() -> None:
    written("[server]\nport = 1\n")
    assert load({}, {}).server.port == 1
    written("[server]\nport = 2\n", "data/config.toml")
    assert load({}, {}).server.port == 2
    written("[server]\nport = 3\n", "elsewhere/config.toml")
    assert load({}, {"PRESENTLY_SERVER__DATA": "elsewhere"}).server.port == 3
    assert load({"data": "data", "host": "elsewhere"}, {"PRESENTLY_SERVER__DATA": "elsewhere"}).server.port == 2


def test_the_file_is_found_in_the_data_folder_of_a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen to fail: a container's variable is expanded by no shell, the folder was and the file in it was not found."""
    monkeypatch.setenv("HOME", str(Path.cwd()))
    written("[server]\nport = 4\n", "kept/config.toml")
    settings = load({}, {"PRESENTLY_SERVER__DATA": "~/kept"})
    assert (settings.server.data, settings.server.port) == (Path.cwd() / "kept", 4)


def test_a_config_toml_that_is_no_file_is_told_and_not_passed_over() -> None:
    """Seen to fail: a folder of that name, as container platforms make of a file that is missing, counted as none."""
    Path("data/config.toml").mkdir(parents=True)
    with pytest.raises(SettingsFault, match=r"data/config\.toml cannot be read: Is a directory"):
        load({}, {})
    Path("config.toml").symlink_to("absent.toml")
    with pytest.raises(SettingsFault, match=r"^config\.toml cannot be read: No such file or directory"):
        load({"data": "elsewhere"}, {})


def test_a_home_that_nobody_has_is_told() -> None:
    """Seen to fail with a traceback."""
    found = faults({"data": "~nobody-here/x"}, {"PRESENTLY_RELAY__APP_MAP": "~nobody-here/map"})
    assert found == [
        "PRESENTLY_RELAY__APP_MAP must be a file's path or a table of tables, not '~nobody-here/map'",
        "--data must be a folder's path, not '~nobody-here/x'",
    ]
    with pytest.raises(SettingsFault):
        load({"data": "~nobody-here/x"}, {})


def test_a_file_may_begin_with_a_byte_order_mark() -> None:
    """Seen to fail: some editors write one, and the fault named a statement that nobody could see."""
    assert load({}, {}, written("\ufeff[server]\nport = 7\n")).server.port == 7


def test_variables_are_json_where_they_parse_and_text_otherwise() -> None:
    environ = {
        "PRESENTLY_SERVER__REDIS": "redis://127.0.0.1/1",
        "PRESENTLY_DIALECTS__LANTERN__WIRE": "deployed",
        "PRESENTLY_DIALECTS__DYSON__ENABLED": "false",
        "PRESENTLY_WEB__ORIGINS": '["https://a.example"]',
        "PRESENTLY_OUTGOING__ALLOW_PRIVATE_HOSTS": "127.0.0.1, 10.0.0.0/8",
        "PRESENTLY_DISCORD__TOKEN": "12345",
        "PRESENTLY_DISCORD__BASE_GUILD_ID": "123456789012345678",
        "PRESENTLY_RELAY__APP_MAP": '{"org.example": {"secret": "k3y"}}',
        "PRESENTLY_RELAY__INSTANCE_MAP": "maps/instances.hjson",
        "PRESENTLY_MODULES__LOAD__ENTRY": "actors.modules.load:start",
        "PRESENTLY_MODULES__LOAD__SECONDS": "5",
        "PRESENTLY_PORT": "tcp://10.0.0.1:80",
        "HOME": "/nowhere",
    }
    settings = load({}, environ)
    assert settings.server.redis == "redis://127.0.0.1/1"
    assert settings.dialects.lantern.wire == "deployed"
    assert settings.dialects.dyson.enabled is False
    assert settings.web.origins == ("https://a.example",)
    assert settings.outgoing.allow_private_hosts == ("127.0.0.1", "10.0.0.0/8")
    assert (settings.discord.token, settings.discord.base_guild_id) == ("12345", "123456789012345678")
    assert settings.relay.app_map == {"org.example": {"secret": "k3y"}}
    assert settings.relay.instance_map == Path("maps/instances.hjson")
    assert settings.modules == {"load": Module("actors.modules.load:start", {"seconds": 5})}


def test_a_variable_with_single_underscores_is_told_how_it_is_spelled() -> None:
    """Seen to fail: PRESENTLY_PRESENTI_EXPIRES_MS was passed over without a word."""
    environ = {
        "PRESENTLY_PRESENTI_EXPIRES_MS": "5000",
        "PRESENTLY_DIALECTS_LANTERN_WIRE": "deployed",
        "PRESENTLY_SERVER_PORT": "80",
        "PRESENTLY_SERVER_REDIS": "redis://10.0.0.1",
    }
    with pytest.raises(SettingsFault) as fault:
        load({}, environ)
    assert fault.value.faults == [
        'PRESENTLY_DIALECTS_LANTERN_WIRE is no setting; did you mean "PRESENTLY_DIALECTS__LANTERN__WIRE"?',
        'PRESENTLY_PRESENTI_EXPIRES_MS is no setting; did you mean "PRESENTLY_PRESENTI__EXPIRES_MS"?',
        'PRESENTLY_SERVER_PORT is no setting; did you mean "PRESENTLY_SERVER__PORT"?',
        'PRESENTLY_SERVER_REDIS is no setting; did you mean "PRESENTLY_SERVER__REDIS"?',
    ]


def test_variables_that_a_container_platform_makes_are_left_alone() -> None:
    environ = {
        "PRESENTLY_PORT": "tcp://10.0.0.1:80",
        "PRESENTLY_SERVER_PORT": "tcp://10.0.0.1:8138",
        "PRESENTLY_SERVER_SERVICE_HOST": "10.0.0.1",
        "PRESENTLY_TEST_ROUNDS": "5",
    }
    assert load({}, environ) == load({}, {})


def test_the_originals_own_variables_are_honoured() -> None:
    environ = {
        "LISTEN": ":8080",
        "REDIS": ":6379",
        "DISCORD_BOT_TOKEN": "Tm90LXJlYWw.x.y",
        "KV_TOKEN_ENCRYPTION_SECRET": "ab" * 32,
        "DB_DIALECT": "postgres",
        "DB_HOST": "db.example",
        "DB_NAME": "presence",
        "DB_USER": "ann",
        "DB_PASS": "p@ss/word",
    }
    settings = load({}, environ)
    assert (settings.server.host, settings.server.port) == ("0.0.0.0", 8080)
    assert settings.server.redis == "redis://127.0.0.1:6379"
    assert settings.server.database == "postgresql://ann:p%40ss%2Fword@db.example:5432/presence"
    assert settings.discord.token == "Tm90LXJlYWw.x.y"
    assert settings.dialects.lantern.kv_secret == "ab" * 32
    assert load({}, {"LISTEN": "[::1]:99"}).server.host == "::1"
    assert load({}, {**environ, "PRESENTLY_SERVER__HOST": "127.0.0.1"}).server.host == "127.0.0.1"


@pytest.mark.parametrize(
    ("environ", "url"),
    [
        ({"DB_HOST": "h", "DB_NAME": "n"}, "postgresql://h:5432/n"),
        ({"DB_DIALECT": "postgresql", "DB_NAME": "n"}, "postgresql://127.0.0.1:5432/n"),
        ({"DB_HOST": "h", "DB_PORT": "6", "DB_NAME": "a/b", "DB_USERNAME": "ann"}, "postgresql://ann@h:6/a%2Fb"),
        (
            {"DB_HOST": "h", "DB_NAME": "n", "DB_USERNAME": "u", "DB_PASSWORD": "p"},
            "postgresql://u:p@h:5432/n",
        ),
        ({"DB_NAME": "n", "DB_USER": "u"}, None),
    ],
)
def test_a_database_of_the_originals(environ: dict[str, str], url: str | None) -> None:
    assert load({}, environ).server.database == url


@pytest.mark.parametrize("redis", ["redis://h:1/2", "rediss://h:1"])
def test_redis_by_a_url_is_as_it_is(redis: str) -> None:
    assert load({}, {"REDIS": redis}).server.redis == redis


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        ({"DB_HOST": "h"}, "DB_NAME must name the database that DB_HOST and DB_DIALECT speak of"),
        ({"DB_DIALECT": "mysql"}, "DB_DIALECT is 'mysql', but only postgres is spoken; leave it unset for SQLite"),
        ({"LISTEN": "8080"}, "LISTEN must be host:port or :port"),
        ({"LISTEN": "h:"}, "LISTEN must be host:port or :port"),
    ],
)
def test_an_originals_variable_that_cannot_be_is_told(environ: dict[str, str], sentence: str) -> None:
    assert faults(environ=environ) == [sentence]


@pytest.mark.parametrize(
    ("host", "url"),
    [("127.0.0.1", "http://127.0.0.1:81"), ("::1", "http://[::1]:81"), ("ada.lan", "http://ada.lan:81")],
)
def test_an_ipv6_address_stands_in_brackets(host: str, url: str) -> None:
    assert Server(host=host).url(81) == url


def test_an_empty_module_table_of_the_file_is_told_what_it_lacks() -> None:
    with pytest.raises(SettingsFault) as fault:
        load({}, {}, written("[modules.load]\n"))
    (found,) = fault.value.faults
    assert "modules.load.entry must be given as package.module:callable" in found


def test_a_module_table_of_the_file_keeps_its_options() -> None:
    path = written('[modules.load]\nentry = "a.b:c"\nseconds = 3\n[modules.load.deep]\nx = [1]\n')
    assert load({}, {}, path).modules == {"load": Module("a.b:c", {"seconds": 3, "deep": {"x": [1]}})}


def test_unknown_names_are_told_with_the_place_and_the_likeliest_meaning() -> None:
    found = faults({"prot": 1}, {"PRESENTLY_SERVR__PORT": "1"}, "[dialects.lantern]\nprefx = '/l'\n[sever]\n")
    assert found == [
        'config.toml: dialects.lantern.prefx: there is no "prefx" in [dialects.lantern]; did you mean "prefix"?',
        'config.toml: sever: there is no "sever"; did you mean "server"?',
        'PRESENTLY_SERVR__PORT: there is no "servr"; did you mean "server"?',
        '--prot: there is no "prot" in [server]; did you mean "port"?',
    ]
    assert faults(text="[module.load]\n") == ['config.toml: module: there is no "module"; did you mean "modules"?']
    (listed,) = faults(text="x = 1\n")
    assert "known are dialects, discord, limits, log, modules, outgoing," in listed


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        ({"port": 65536}, "--port must be a whole number from 0 to 65535, not 65536"),
        ({"port": True}, "--port must be a whole number from 0 to 65535, not True"),
        ({"port": "http"}, "--port must be a whole number from 0 to 65535, not 'http'"),
        ({"presenti.expires_ms": 999}, "--presenti.expires-ms must be a whole number from 1000 to 86400000, not 999"),
        ({"dialects.relay.prefix": "relay/"}, "--dialects.relay.prefix must be empty or a path such as"),
        ({"dialects.dyson.wire": "both"}, "--dialects.dyson.wire must be one of documented, deployed, not 'both'"),
        ({"presenti.coalesce_ms": 10_000}, "presenti.coalesce_ms must be less than presenti.expires_ms"),
        ({"database": "sqlite://x.db"}, "--database must be a postgresql:// or sqlite:/// URL"),
        ({"workers": 2}, "server.workers above 1 needs server.redis"),
        ({"supervision.backoff": 61}, "supervision.backoff must not be above supervision.backoff_max"),
        ({"discord.base_guild_id": "123456789012345678"}, "discord.base_guild_id needs discord.token"),
        ({"web.trusted_proxies": ["10.0.0.0/40"]}, "--web.trusted-proxies must be a list of addresses or ranges"),
        ({"supervision.period": float("nan")}, "--supervision.period must be a number from 1 to 86400, not nan"),
        ({"modules.x.seconds": 1}, "modules.x.entry is missing"),
        ({"modules.x.entry": "os"}, "--modules.x.entry must be given as package.module:callable"),
        ({"modules.x": True}, "--modules.x: a module is a section"),
        ({"dialects.relay": True}, "--dialects.relay: relay is a section"),
        ({"log.level.x": 1}, "--log.level.x: level is no section"),
        ({"host": "a\0b"}, "--host must be a host name or an address"),
        ({"host": "a\udcff"}, "--host must be a host name or an address"),
        ({"database": "sqlite:///a\0b"}, "--database must be a postgresql:// or sqlite:/// URL"),
        ({"relay.app_map": "a\0b"}, "--relay.app-map must be a file's path or a table of tables"),
    ],
)
def test_what_does_not_fit_is_told(flags: dict[str, Any], sentence: str) -> None:
    (found,) = faults(flags)
    assert found.startswith(sentence)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[server]\nport = '80'\n", "config.toml: server.port must be a whole number from 0 to 65535, not '80'"),
        ("[dialects.dyson]\nenabled = 'no'\n", "config.toml: dialects.dyson.enabled must be true or false, not 'no'"),
        ("[dialects.dyson]\nenabled = 1\n", "config.toml: dialects.dyson.enabled must be true or false, not 1"),
        ("[server]\ndata = 5\n", "config.toml: server.data must be a folder's path, not 5"),
        ("[server]\ndata = ''\n", "config.toml: server.data must be a folder's path, not ''"),
        (
            "[discord]\nbase_guild_id = 12\n",
            "config.toml: discord.base_guild_id must be a Discord id of 15 to 20 digits",
        ),
        ("[web]\norigins = 3\n", "config.toml: web.origins must be a list of origins"),
        ("[web]\norigins = ['a.example']\n", "config.toml: web.origins must be a list of origins"),
        ("[web]\ntrusted_proxies = 3\n", "config.toml: web.trusted_proxies must be a list of addresses"),
        ("[web]\ntrusted_proxies = [3]\n", "config.toml: web.trusted_proxies must be a list of addresses"),
        ("[web]\ntrusted_proxies = '::1'\n", "config.toml: web.trusted_proxies must be a list of addresses"),
        ("[relay]\napp_map = 3\n", "config.toml: relay.app_map must be a file's path or a table of tables"),
        ("[relay.app_map]\n'org.example' = 'k'\n", "config.toml: relay.app_map must be a file's path or a table of"),
        ("server = 3\n", "config.toml: server: server is a section"),
        ("[dialects]\nlantern = 3\n", "config.toml: dialects.lantern: lantern is a section"),
        ("modules = 3\n", "config.toml: modules: a module is a section"),
        ("[modules]\nx = 3\n", "config.toml: modules.x: a module is a section"),
    ],
)
def test_what_does_not_fit_in_the_file_is_told(text: str, sentence: str) -> None:
    (found,) = faults(text=text)
    assert found.startswith(sentence)


def test_a_bound_is_within_what_is_allowed() -> None:
    lowest = {"port": 0, "presenti.expires_ms": 1000, "supervision.period": 1, "supervision.backoff": 0.05}
    settings = load(lowest, {})
    assert (settings.server.port, settings.presenti.expires_ms, settings.supervision.period) == (0, 1000, 1.0)
    settings = load({"port": 65535, "presenti.expires_ms": 86_400_000, "supervision.period": 86_400}, {})
    assert (settings.server.port, settings.presenti.expires_ms) == (65535, 86_400_000)
    assert settings.supervision.period == 86_400.0


def test_what_is_said_to_be_none_is_none() -> None:
    said = {"PRESENTLY_DISCORD__BASE_GUILD_ID": "", "PRESENTLY_RELAY__APP_MAP": "", "PRESENTLY_WEB__PUBLIC_URL": ""}
    assert load({}, said) == load({}, {})
    assert load({}, {"PRESENTLY_WEB__ORIGINS": "https://a.example, "}).web.origins == ("https://a.example",)


def test_all_faults_come_at_once_and_no_secret_with_them() -> None:
    environ = {"DB_DIALECT": "mysql", "LISTEN": "8080", "KV_TOKEN_ENCRYPTION_SECRET": "hunter2"}
    found = faults({"workers": 0, "discord.token": "my hunter2", "redis": "http://u:hunter2@h"}, environ)
    assert len(found) == 6
    assert "hunter2" not in "\n".join(found)


@pytest.mark.parametrize("content", [b"[server", b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_a_fault(content: bytes) -> None:
    Path("broken.toml").write_bytes(content)
    with pytest.raises(SettingsFault, match=r"broken\.toml"):
        load({}, {}, Path("broken.toml"))
    with pytest.raises(SettingsFault, match=r"absent\.toml cannot be read"):
        load({}, {}, Path("absent.toml"))


def test_the_description_shows_everything_but_secrets() -> None:
    path = written("[modules.x]\nentry = 'a.b:c'\napi_key = 'hunter2'\nurl = 'https://h.example/?token=hunter2'\n")
    flags = {
        "discord.token": "hunter2",
        "database": "postgresql://ann:hunter2@h.example/p",
        "relay.app_map": '{"app": {"secret": "hunter2"}}',
    }
    text = load(flags, {}, path).describe()
    assert "hunter2" not in text
    assert "server.port = 8138" in text.splitlines()
    assert "server.database = postgresql://***@h.example/p" in text
    assert "modules.x.entry = a.b:c" in text


@given(st.dictionaries(st.from_regex(r"PRESENTLY_[A-Z_]{1,20}", fullmatch=True), st.text(max_size=20), max_size=4))
def test_any_environment_gives_settings_or_sentences(environ: dict[str, str]) -> None:
    try:
        load({}, environ, None)
    except SettingsFault as fault:
        assert all(fault.faults)  # noqa: PT017 - both outcomes are right, and a fault always has sentences
