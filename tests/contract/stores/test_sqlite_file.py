import stat
from pathlib import Path

from apis.serving.sqlite_store import SqliteStore
from apis.serving.store import Item


def test_items_are_there_after_the_file_is_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "items.sqlite"
    with SqliteStore(path) as store:
        store.put_if_absent(Item("p", "s", {"n": 1}))
    with SqliteStore(path) as again:
        assert again.get("p", "s") == Item("p", "s", {"n": 1})


def test_two_open_stores_see_each_others_writes(tmp_path: Path) -> None:
    path = tmp_path / "items.sqlite"
    with SqliteStore(path) as one, SqliteStore(path) as two:
        assert one.put_if_absent(Item("p", "s", {"n": 1})) is True
        assert two.put_if_absent(Item("p", "s", {"n": 2})) is False


def test_the_file_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "items.sqlite"
    with SqliteStore(path) as store:
        store.put_if_absent(Item("p", "s"))
        modes = {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    assert modes == {0o600}
