"""Two servers on one folder: the second is refused before it touches anything."""

import stat
from pathlib import Path

import pytest

from storage.lock import LOCK_FILE, locked
from storage.schema import RefusedDatabaseError


def test_a_folder_is_held_by_one_at_a_time(tmp_path: Path) -> None:
    folder = tmp_path / "made" / "data"
    with locked(folder, folder / "a.sqlite"):
        with (
            pytest.raises(RefusedDatabaseError, match=r"another server runs on .*data: stop it"),
            locked(folder, folder / "a.sqlite"),
        ):
            pytest.fail("two hold it")
        with locked(tmp_path / "another", tmp_path / "another" / "a.sqlite"):
            assert stat.S_IMODE((folder / LOCK_FILE).stat().st_mode) == 0o600
    with locked(folder, folder / "a.sqlite"):
        assert folder.is_dir()


def test_a_database_is_held_by_one_at_a_time_whatever_folder_the_other_has(tmp_path: Path) -> None:
    """Seen to fail: two servers with folders of their own wrote one database."""
    shared = tmp_path / "first" / "presently.sqlite"
    with locked(tmp_path / "first", shared):
        for name in (shared, f"sqlite:///{shared}"):
            with (
                pytest.raises(RefusedDatabaseError, match=r"another server runs on .*presently\.sqlite: stop it"),
                locked(tmp_path / "second", name),
            ):
                pytest.fail("two hold it")
        with locked(tmp_path / "second", "postgresql://elsewhere/x"):
            assert not list((tmp_path / "second").glob("postgres*"))
    with locked(tmp_path / "second", f"sqlite:///{shared}"):
        assert not shared.exists(), "only its lock is made"


def test_what_happens_inside_comes_out_and_lets_go(tmp_path: Path) -> None:
    with pytest.raises(BlockingIOError, match="ours"), locked(tmp_path, tmp_path / "a.sqlite"):
        raise BlockingIOError("ours")
    with locked(tmp_path, tmp_path / "a.sqlite"):
        assert (tmp_path / LOCK_FILE).exists()
