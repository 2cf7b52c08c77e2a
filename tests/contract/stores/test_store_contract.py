"""What every ``Store`` does; nothing is asserted here that only one adapter could do."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from apis.serving.dynamo_store import DynamoStore
from apis.serving.errors import CursorRefused, ItemRefused, TransactionConflict
from apis.serving.overlay_store import OverlayStore
from apis.serving.store import (
    MAX_ITEM_BYTES,
    Delete,
    DeleteIf,
    Item,
    Put,
    PutIfAbsent,
    Store,
    UpdateIf,
    encode_cursor,
    sort_time,
)

Operation = Callable[[Store, Item], Any]

WRITES: dict[str, Operation] = {
    "put_if_absent": lambda store, item: store.put_if_absent(item),
    "update_if": lambda store, item: store.update_if(item, version=1),
    "transact": lambda store, item: store.transact([PutIfAbsent(item)]),
    "put": lambda store, item: store.transact([Put(item)]),
}


@pytest.fixture(params=sorted(WRITES))
def write(request: pytest.FixtureRequest) -> Operation:
    return WRITES[request.param]


def fill(store: Store, pk: str, n: int) -> list[str]:
    keys = [f"ACT#{i:03d}" for i in range(n)]
    for sk in random.sample(keys, n):
        store.put_if_absent(Item(pk, sk, {"sk": sk}))
    return keys


def walk(store: Store, pk: str, *, desc: bool, limit: int, between: tuple[str, str] | None = None) -> list[str]:
    found: list[str] = []
    cursor: str | None = None
    while True:
        page = store.query(pk, between, desc=desc, limit=limit, cursor=cursor)
        assert len(page.items) <= limit
        found += [item.sk for item in page.items]
        cursor = page.cursor
        if cursor is None:
            return found


def test_a_put_on_a_free_key_is_read_back_as_version_1(store: Store) -> None:
    doc = {"text": "Müggelsee 🏃", "n": 3, "x": 1.5, "list": [1, None, {"deep": True}], "none": None}
    assert store.put_if_absent(Item("USER#a", "ACT#1", doc, version=7)) is True
    assert store.get("USER#a", "ACT#1") == Item("USER#a", "ACT#1", doc, version=1)


def test_a_put_on_a_taken_key_changes_nothing(store: Store) -> None:
    store.put_if_absent(Item("p", "s", {"n": 1}))
    assert store.put_if_absent(Item("p", "s", {"n": 2})) is False
    assert store.get("p", "s") == Item("p", "s", {"n": 1}, version=1)


def test_an_absent_key_reads_as_none(store: Store) -> None:
    assert store.get("p", "absent") is None


def test_of_eight_racing_puts_exactly_one_wins(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(lambda n: store.put_if_absent(Item("p", "s", {"n": n})), range(8)))
    assert won.count(True) == 1
    stored = store.get("p", "s")
    assert stored is not None
    assert stored.doc == {"n": won.index(True)}


def test_update_with_the_current_version_replaces_and_counts_up(store: Store) -> None:
    store.put_if_absent(Item("p", "s", {"n": 1}))
    assert store.update_if(Item("p", "s", {"n": 2}), version=1) is True
    assert store.get("p", "s") == Item("p", "s", {"n": 2}, version=2)


@pytest.mark.parametrize("version", [0, 1, 3])
def test_update_with_another_version_changes_nothing(store: Store, version: int) -> None:
    store.put_if_absent(Item("p", "s", {"n": 1}))
    store.update_if(Item("p", "s", {"n": 2}), version=1)
    assert store.update_if(Item("p", "s", {"n": 3}), version=version) is False
    assert store.get("p", "s") == Item("p", "s", {"n": 2}, version=2)


def test_update_of_an_absent_key_creates_nothing(store: Store) -> None:
    assert store.update_if(Item("p", "s", {"n": 1}), version=1) is False
    assert store.get("p", "s") is None


def test_delete_removes_and_may_be_repeated(store: Store) -> None:
    store.put_if_absent(Item("p", "s"))
    store.delete("p", "s")
    store.delete("p", "s")
    assert store.get("p", "s") is None


def test_a_put_of_a_transaction_stores_whatever_stands_there(store: Store) -> None:
    for version in (1, 2):
        store.transact([Put(Item("USER#a", "ACT#1", {"n": version}))])
        assert store.get("USER#a", "ACT#1") == Item("USER#a", "ACT#1", {"n": version}, version)
    with pytest.raises(TransactionConflict):
        store.transact([Put(Item("USER#a", "ACT#1", {"n": 3})), DeleteIf("USER#a", "ACT#2", 1)])
    assert store.get("USER#a", "ACT#1") == Item("USER#a", "ACT#1", {"n": 2}, 2)


def test_a_conditional_delete_removes_the_version_that_was_seen_and_no_other(store: Store) -> None:
    store.put_if_absent(Item("USER#a", "ACT#1"))
    with pytest.raises(TransactionConflict) as stale:
        store.transact([DeleteIf("USER#a", "ACT#1", 2), PutIfAbsent(Item("USER#a", "ACT#2"))])
    assert stale.value.reasons == ("stale", None)
    assert store.get("USER#a", "ACT#2") is None
    store.transact([DeleteIf("USER#a", "ACT#1", 1)])
    assert store.get("USER#a", "ACT#1") is None
    with pytest.raises(TransactionConflict):
        store.transact([DeleteIf("USER#a", "ACT#1", 1)])


def test_a_transaction_makes_all_its_writes(store: Store) -> None:
    store.put_if_absent(Item("p", "old", {"n": 1}))
    store.put_if_absent(Item("p", "gone"))
    store.transact(
        [PutIfAbsent(Item("p", "new", {"n": 5})), UpdateIf(Item("p", "old", {"n": 2}), 1), Delete("p", "gone")]
    )
    assert store.query("p", None, desc=False, limit=9, cursor=None).items == (
        Item("p", "new", {"n": 5}, 1),
        Item("p", "old", {"n": 2}, 2),
    )


def test_a_transaction_that_fails_makes_no_write_and_names_each_reason(store: Store) -> None:
    store.put_if_absent(Item("p", "taken"))
    store.put_if_absent(Item("p", "old", {"n": 1}))
    with pytest.raises(TransactionConflict) as conflict:
        store.transact(
            [
                PutIfAbsent(Item("p", "new")),
                PutIfAbsent(Item("p", "taken")),
                UpdateIf(Item("p", "old", {"n": 2}), 4),
            ]
        )
    assert conflict.value.reasons == (None, "exists", "stale")
    assert [item.sk for item in store.query("p", None, desc=False, limit=9, cursor=None).items] == ["old", "taken"]
    assert store.get("p", "old") == Item("p", "old", {"n": 1}, 1)


def test_a_transaction_with_a_refused_item_makes_no_write(store: Store) -> None:
    with pytest.raises(ItemRefused):
        store.transact([PutIfAbsent(Item("p", "new")), PutIfAbsent(Item("p", ""))])
    assert store.get("p", "new") is None


def test_a_transaction_touching_one_key_twice_is_refused(store: Store) -> None:
    with pytest.raises(ItemRefused, match="once"):
        store.transact([PutIfAbsent(Item("p", "s")), Delete("p", "s")])


def test_a_transaction_of_101_writes_is_refused(store: Store) -> None:
    with pytest.raises(ItemRefused, match="100"):
        store.transact([PutIfAbsent(Item("p", f"{n}")) for n in range(101)])
    store.transact([PutIfAbsent(Item("p", f"{n}")) for n in range(100)])


def test_a_transaction_of_more_than_four_megabytes_is_refused(store: Store) -> None:
    large = "x" * 390_000
    with pytest.raises(ItemRefused, match="4194304"):
        store.transact([PutIfAbsent(Item("p", f"{n}", {"t": large})) for n in range(11)])
    assert store.get("p", "0") is None
    store.transact([PutIfAbsent(Item("p", f"{n}", {"t": large})) for n in range(10)])
    assert store.get("p", "9") is not None


@pytest.mark.parametrize("desc", [False, True])
def test_a_page_of_more_than_a_megabyte_comes_whole(store: Store, desc: bool) -> None:
    """DynamoDB ends a page of its own after 1 MB."""
    for n in range(5):
        store.put_if_absent(Item("p", f"{n}", {"t": "x" * 380_000}))
    page = store.query("p", None, desc=desc, limit=5, cursor=None)
    assert [item.sk for item in page.items] == sorted("01234", reverse=desc)
    assert page.cursor is None


def test_keys_are_in_the_order_of_their_bytes(store: Store) -> None:
    keys = ["a", "Z", "ä", "🏃", "\uffff", "z", "0", "#"]
    for sk in keys:
        store.put_if_absent(Item("p", sk))
    found = [item.sk for item in store.query("p", None, desc=False, limit=99, cursor=None).items]
    assert found == sorted(keys, key=str.encode)


def test_a_range_that_ends_before_it_begins_is_empty(store: Store) -> None:
    fill(store, "p", 3)
    assert store.query("p", ("ACT#002", "ACT#001"), desc=False, limit=9, cursor=None).items == ()


@pytest.mark.parametrize("desc", [False, True])
@pytest.mark.parametrize("after", ["a", "c", "d", "e", "f"])
def test_a_page_goes_on_after_a_key_that_is_gone_or_outside_its_range(store: Store, after: str, desc: bool) -> None:
    for key in "abcdefg":
        store.put_if_absent(Item("p", key))
    store.delete("p", "d")
    page = store.query("p", ("c", "e"), desc=desc, limit=9, cursor=encode_cursor("p", after))
    expected = [key for key in "ce" if (key < after if desc else key > after)]
    assert [item.sk for item in page.items] == (expected[::-1] if desc else expected)


def test_an_empty_transaction_does_nothing(store: Store) -> None:
    store.transact([])


def test_numbers_come_back_as_they_were_written(store: Store) -> None:
    doc = {"n": 12345678901234567890123456789012345678901234, "x": 0.1 + 0.2, "e": 1e-300, "i": 3, "f": 3.0}
    store.put_if_absent(Item("p", "s", doc))
    found = store.get("p", "s")
    assert found is not None
    assert found.doc == doc
    assert {name: type(value) for name, value in found.doc.items()} == {
        name: type(value) for name, value in doc.items()
    }


@pytest.mark.parametrize("desc", [False, True])
@pytest.mark.parametrize("limit", [1, 3, 4, 11, 12, 13, 50])
def test_pages_of_any_size_give_every_item_once_in_order(store: Store, limit: int, desc: bool) -> None:
    keys = fill(store, "p", 12)
    fill(store, "other", 3)
    assert walk(store, "p", desc=desc, limit=limit) == sorted(keys, reverse=desc)


def test_the_last_full_page_has_no_cursor(store: Store) -> None:
    fill(store, "p", 4)
    assert store.query("p", None, desc=False, limit=4, cursor=None).cursor is None


@pytest.mark.parametrize("desc", [False, True])
def test_a_range_includes_both_ends_and_pages_stay_in_it(store: Store, desc: bool) -> None:
    fill(store, "p", 9)
    found = walk(store, "p", between=("ACT#002", "ACT#006"), desc=desc, limit=2)
    assert found == sorted((f"ACT#00{n}" for n in range(2, 7)), reverse=desc)


def test_a_page_limit_below_1_is_refused(store: Store) -> None:
    with pytest.raises(ItemRefused):
        store.query("p", None, desc=False, limit=0, cursor=None)


@pytest.mark.case("I09")
def test_a_cursor_of_another_partition_is_refused(store: Store) -> None:
    fill(store, "USER#a", 3)
    fill(store, "USER#b", 3)
    cursor = store.query("USER#a", None, desc=False, limit=1, cursor=None).cursor
    assert cursor is not None
    with pytest.raises(CursorRefused):
        store.query("USER#b", None, desc=False, limit=1, cursor=cursor)


@pytest.mark.case("I09")
@pytest.mark.parametrize("cursor", ["", "x", "[]", "null", '["p"]', '["p", 3]', '{"pk":"p"}'])
def test_a_cursor_that_is_none_is_refused(store: Store, cursor: str) -> None:
    with pytest.raises(CursorRefused):
        store.query("p", None, desc=False, limit=1, cursor=cursor)


def test_times_with_mixed_offsets_sort_as_instants(store: Store) -> None:
    noon = datetime(2026, 3, 29, 12, tzinfo=UTC)
    instants = {
        "berlin": noon.astimezone(timezone(timedelta(hours=2))),
        "an hour before": (noon - timedelta(hours=1)).astimezone(timezone(timedelta(hours=9))),
        "a millisecond after": (noon + timedelta(milliseconds=1)).astimezone(timezone(timedelta(hours=-7))),
    }
    for name, instant in instants.items():
        store.put_if_absent(Item("p", f"ACT#{sort_time(instant)}", {"name": name}))
    page = store.query("p", None, desc=False, limit=9, cursor=None)
    assert [item.doc["name"] for item in page.items] == ["an hour before", "berlin", "a millisecond after"]
    assert page.items[1].sk == "ACT#2026-03-29T12:00:00.000Z"


def test_a_time_without_offset_is_no_sort_key() -> None:
    with pytest.raises(ItemRefused):
        sort_time(datetime(2026, 3, 29, 12))  # noqa: DTZ001 - the point of the test


OVERHEAD = len('{"t":""}') + len("ps")


def test_an_item_just_under_400_kilobytes_is_kept(store: Store) -> None:
    if isinstance(store, OverlayStore):
        pytest.skip("an overlay keeps the version in the document, which takes some bytes of the limit")
    if isinstance(store, DynamoStore):
        pytest.skip("moto counts the bytes of the request's JSON, where DynamoDB counts those of names and values")
    assert store.put_if_absent(Item("p", "r", {"t": "x" * (MAX_ITEM_BYTES - OVERHEAD)})) is True


def test_an_item_over_400_kilobytes_is_refused(store: Store, write: Operation) -> None:
    store.put_if_absent(Item("p", "s", {}))
    with pytest.raises(ItemRefused, match=str(MAX_ITEM_BYTES)):
        write(store, Item("p", "s", {"t": "x" * (MAX_ITEM_BYTES - OVERHEAD + 1)}))
    with pytest.raises(ItemRefused):  # bytes count, not characters
        write(store, Item("p", "s", {"t": "ü" * (MAX_ITEM_BYTES // 2)}))


@pytest.mark.parametrize(
    ("pk", "sk"),
    [
        pytest.param("", "s", id="empty partition key"),
        pytest.param("p", "", id="empty sort key"),
        pytest.param("p" * 2049, "s", id="long partition key"),
        pytest.param("p", "s" * 1025, id="long sort key"),
        pytest.param(7, "s", id="number as partition key"),
        pytest.param("p", None, id="no sort key"),
    ],
)
def test_keys_that_a_table_cannot_hold_are_refused(store: Store, write: Operation, pk: Any, sk: Any) -> None:
    with pytest.raises(ItemRefused):
        write(store, Item(pk, sk))
    with pytest.raises(ItemRefused):
        store.get(pk, sk)
    with pytest.raises(ItemRefused):
        store.delete(pk, sk)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), b"bytes", {1, 2}, "\ud800"])
def test_a_document_that_is_not_json_is_refused(store: Store, write: Operation, value: Any) -> None:
    with pytest.raises(ItemRefused):
        write(store, Item("p", "s", {"value": value}))
