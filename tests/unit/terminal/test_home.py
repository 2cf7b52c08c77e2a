from pathlib import Path

import pytest

from agent.terminal.errors import HomeNotPrivate
from agent.terminal.home import open_home, read_private, write_private


def test_a_fresh_home_is_closed_to_others(tmp_path: Path) -> None:
    home = open_home(tmp_path / "home")
    assert {path.name for path in home.root.iterdir()} == {"run", "keys", "data", "session", "traces", "logs"}
    assert all(path.stat().st_mode & 0o777 == 0o700 for path in (home.root, *home.root.iterdir()))


def test_a_home_that_others_can_read_is_refused_and_not_repaired(tmp_path: Path) -> None:
    open_home(tmp_path / "home")
    (tmp_path / "home" / "keys").chmod(0o750)
    with pytest.raises(HomeNotPrivate, match="chmod 700"):
        open_home(tmp_path / "home")
    assert (tmp_path / "home" / "keys").stat().st_mode & 0o777 == 0o750


def test_a_linked_folder_is_refused(tmp_path: Path) -> None:
    open_home(tmp_path / "other")
    (tmp_path / "home").symlink_to(tmp_path / "other")
    with pytest.raises(HomeNotPrivate, match="links are refused"):
        open_home(tmp_path / "home")


@pytest.mark.parametrize("name", ["keys", "keys/athletes", "session"])
def test_a_folder_of_keys_or_sessions_that_is_open_or_a_link_is_refused(tmp_path: Path, name: str) -> None:
    folder = open_home(tmp_path / "home").root / name
    folder.chmod(0o770)
    with pytest.raises(HomeNotPrivate, match="open to other users"):
        open_home(tmp_path / "home")
    folder.chmod(0o700)
    open_home(tmp_path / "home")
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(HomeNotPrivate, match="links are refused"):
        open_home(tmp_path / "home")


def test_a_linked_file_is_refused(tmp_path: Path) -> None:
    write_private(tmp_path / "real", b"x")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(HomeNotPrivate):
        read_private(tmp_path / "link")


def test_a_private_file_is_replaced_whole_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    write_private(tmp_path / "file", b"old")
    write_private(tmp_path / "file", b"new")
    assert read_private(tmp_path / "file") == b"new"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
