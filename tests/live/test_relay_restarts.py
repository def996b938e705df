"""Every notification reaches its callback, through ends of the instance, of our server, and a kill -9 of it."""

from pathlib import Path

import pytest

from tests.live.relay_trial import Report, Trial

pytestmark = pytest.mark.live

REGISTRATIONS, BURST = 5, 20


def test_through_all_restarts_nothing_is_lost_or_out_of_order(tmp_path: Path) -> None:
    with Trial.begin(tmp_path, REGISTRATIONS) as trial:
        trial.burst(BURST)
        trial.restart_instance()
        trial.burst(BURST)
        trial.restart_server()
        trial.burst(BURST)
        trial.wait_for_arrival()
        assert trial.report() == Report(
            REGISTRATIONS, 3 * BURST * REGISTRATIONS, 3 * BURST * REGISTRATIONS, 0, 0, 0, 0, 0
        )
        trial.kill_server(BURST)
        trial.burst(BURST)
        trial.wait_for_arrival()
        report = trial.report()
    assert report.arrived == report.sent == 5 * BURST * REGISTRATIONS
    assert (report.missing, report.out_of_order, report.unmarked_duplicates) == (0, 0, 0)
    assert report.duplicates_before_kill == 0
    assert 0 < report.duplicates <= REGISTRATIONS, "what was under way at the kill, and nothing else"
