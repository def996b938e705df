"""Every notification reaches its callback, through ends of the instance, of our server, and a kill -9 of it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.live.clients import until
from tests.live.relay_trial import Report, Trial
from tests.live.relaying import CONFIG, Registrant, surroundings, token_of
from tests.serving import ROOT, start

pytestmark = pytest.mark.live

REGISTRATIONS, BURST = 5, 20


def test_through_all_restarts_nothing_is_lost_or_out_of_order(tmp_path: Path) -> None:
    """The instance speaks all the while, also when it or we are away; what a socket held at a kill is asked for."""
    with Trial.begin(tmp_path, REGISTRATIONS) as trial:
        trial.burst(BURST)
        with trial.speaking():
            trial.restart_instance()
            trial.restart_server()
        trial.wait_for_arrival()
        assert trial.report() == Report(REGISTRATIONS, expected(trial), expected(trial), 0, 0, 0, 0, 0)
        with trial.speaking():
            trial.kill_server()
        trial.wait_for_arrival()
        # The last page that is asked for may bring nothing new, and so may still be under way.
        until(lambda: {each["catch_up"]["state"] for each in trial.standing()} == {"complete"})
        assert all(each["catch_up"]["caught_up"] > 0 for each in trial.standing())
        report = trial.report()
        until(lambda: {each["callbacks"]["delivered"] for each in trial.standing()} == {trial.sent})
    assert report.arrived == report.sent == expected(trial)
    assert (report.missing, report.out_of_order, report.unmarked_duplicates) == (0, 0, 0)
    assert report.duplicates_without_kill == 0
    assert report.duplicates > 0, "what was under way at the kill, at least"


def expected(trial: Trial) -> int:
    return REGISTRATIONS * trial.sent


def test_a_restart_takes_registrations_up_and_drops_what_the_maps_allow_no_more(tmp_path: Path) -> None:
    other = '[relay.app_map.other]\nsecret = "0ther"\n'
    with surroundings(keeps=True) as (fake, sink):
        with start(tmp_path / "data", config=CONFIG + other) as server:
            registrant = Registrant(server, fake.url, sink.url)
            assert registrant.register("stays")[0] == 202
            assert registrant.register("goes", app_id="other", app_secret="0ther")[0] == 202
            (before,) = registrant.registrations()
        with start(tmp_path / "data", config=CONFIG, port=server.port) as server:
            until(lambda: fake.tokens() == [token_of("stays")])
            (after,) = registrant.registrations()
            assert (after["id"], after["expires_at"]) == (before["id"], before["expires_at"])
            server.wait_for("event=ended.*reason=.not allowed any more")
        with start(tmp_path / "data", config=CONFIG + other, port=server.port) as server:
            until(lambda: fake.tokens() == [token_of("stays")])
            assert "other:goes" not in "\n".join(server.lines)


def test_a_broken_map_stops_the_start_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "apps.hjson").write_text('{ app: { secret: "s3cret-in-the-file"')
    config = tmp_path / "config.toml"
    config.write_text(f'[relay]\napp_map = "{tmp_path / "apps.hjson"}"\n')
    command = [sys.executable, "run.py", "--data", str(tmp_path / "data"), "--config", str(config)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)
    assert ran.returncode == 1
    assert ran.stderr.startswith("Error: app_map: ")
    assert "is not Hjson" in ran.stderr
    assert "s3cret" not in ran.stderr + ran.stdout
