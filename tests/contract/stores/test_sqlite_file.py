import stat
from pathlib import Path

import pytest

from apis.serving.sqlite_store import SqliteStore
from apis.serving.store import Item, encode_cursor


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


@pytest.mark.parametrize(
    ("desc", "after", "found"),
    [
        pytest.param(False, "a", ["c", "d", "e"], id="forward from before the range"),
        pytest.param(False, "c", ["d", "e"], id="forward from its first key"),
        pytest.param(False, "e", [], id="forward from its last key"),
        pytest.param(False, "f", [], id="forward from behind it"),
        pytest.param(True, "f", ["e", "d", "c"], id="backward from behind it"),
        pytest.param(True, "e", ["d", "c"], id="backward from its last key"),
        pytest.param(True, "c", [], id="backward from its first key"),
        pytest.param(True, "a", [], id="backward from before it"),
    ],
)
def test_a_page_goes_on_after_any_key_and_stays_in_its_range(
    tmp_path: Path, *, desc: bool, after: str, found: list[str]
) -> None:
    with SqliteStore(tmp_path / "items.sqlite") as store:
        for key in "abcdefg":
            store.put_if_absent(Item("p", key))
        page = store.query("p", ("c", "e"), desc=desc, limit=9, cursor=encode_cursor("p", after))
        assert [item.sk for item in page.items] == found


@pytest.mark.parametrize("desc", [False, True])
def test_a_page_deep_in_a_range_takes_no_more_steps_than_the_first(tmp_path: Path, *, desc: bool) -> None:
    def steps(cursor: str | None) -> int:
        counted = 0

        def count() -> None:
            nonlocal counted
            counted += 1

        store._db.set_progress_handler(count, 1)
        store.query("p", ("000", "999"), desc=desc, limit=5, cursor=cursor)
        store._db.set_progress_handler(None, 1)
        return counted

    with SqliteStore(tmp_path / "items.sqlite") as store:
        for number in range(400):
            store.put_if_absent(Item("p", f"{number:03}"))
        deep = encode_cursor("p", "020" if desc else "380")

        assert 5 < steps(deep) <= steps(None) + 5
