"""Two servers on one folder: the second is refused before it touches anything."""

import stat
from pathlib import Path

import pytest

from storage.lock import LOCK_FILE, locked
from storage.schema import RefusedDatabaseError


def test_a_folder_is_held_by_one_at_a_time(tmp_path: Path) -> None:
    folder = tmp_path / "made" / "data"
    with locked(folder):
        with pytest.raises(RefusedDatabaseError, match=r"another server runs on .*data: stop it"), locked(folder):
            pytest.fail("two hold it")
        with locked(tmp_path / "another"):
            assert stat.S_IMODE((folder / LOCK_FILE).stat().st_mode) == 0o600
    with locked(folder):
        assert folder.is_dir()


def test_what_happens_inside_comes_out_and_lets_go(tmp_path: Path) -> None:
    with pytest.raises(BlockingIOError, match="ours"), locked(tmp_path):
        raise BlockingIOError("ours")
    with locked(tmp_path):
        assert (tmp_path / LOCK_FILE).exists()
