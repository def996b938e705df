"""The runner of all tests: both shares count, what fails once may pass alone, what fails twice has failed."""

import pytest

from tests.__main__ import MOST_AGAIN, run

ONCE = """
import pathlib
def test_fails_once():
    met = pathlib.Path(__file__).with_suffix(".met")
    failed_before, _ = met.exists(), met.touch()
    assert failed_before
"""
FINE = "def test_fine(): pass\n"
NEVER = "def test_never(): assert False\n"
MANY = ONCE + "".join(ONCE.replace("fails_once", f"fails_{n}").replace(".met", f".{n}") for n in range(MOST_AGAIN))
BROKEN = "import nothing_of_this_name\n"


@pytest.mark.live
@pytest.mark.parametrize(
    ("first", "second", "ended"),
    [
        (FINE, FINE, 0),
        (ONCE, ONCE, 0),
        (FINE, NEVER, 1),
        (ONCE + NEVER, FINE, 1),
        (MANY, FINE, 1),
    ],
)
def test_exit_codes(tmp_path, capfd, first, second, ended):
    shares = []
    for name, text in (("first", first), ("second", second)):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"test_{name}.py").write_text(text)
        shares.append([str(tmp_path / name)])
    assert run(["-q", f"--rootdir={tmp_path}"], *shares) == ended
    assert ("run again alone" in capfd.readouterr().out) is bool({first, second} - {FINE, MANY})


@pytest.mark.live
def test_what_cannot_be_collected_has_failed(tmp_path):
    for name, text in (("first", FINE), ("second", BROKEN)):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"test_{name}.py").write_text(text)
    assert run(["-q", f"--rootdir={tmp_path}"], [str(tmp_path / "first")], [str(tmp_path / "second")]) > 1
