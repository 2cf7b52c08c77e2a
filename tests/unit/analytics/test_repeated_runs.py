from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from apis.activities.analytics.repeated_runs import repeated
from apis.activities.models import Activity
from tests.support.runs import columns_of, run


def repeated_ids(*runs: Activity) -> set[str]:
    columns = columns_of(runs)
    return set(columns.activity_id[repeated(columns)].tolist())


def later(first: Activity, seconds: float, **values: Any) -> Activity:
    return first.model_copy(update={"start_date": first.start_date + timedelta(seconds=seconds), **values})


def test_the_second_copy_of_a_run_is_a_duplicate_and_the_recorded_one_stays() -> None:
    first = run(1, id="9", manual=True)

    assert repeated_ids(first, later(first, 120, id="10", manual=False, distance=10_400.0)) == {"9"}


def test_among_recorded_copies_the_first_id_stays() -> None:
    first = run(1, id="10")

    assert repeated_ids(first, later(first, 30, id="9")) == {"10"}


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"distance": 10_600.0}, id="six percent longer"),
        pytest.param({"distance": None}, id="no distance"),
        pytest.param({"sport_type": "TrailRun"}, id="another sport"),
    ],
)
def test_two_different_runs_are_no_duplicates(other: dict[str, Any]) -> None:
    first = run(1, id="1")

    assert repeated_ids(first, first.model_copy(update={"id": "2", **other})) == set()


def test_copies_without_a_distance_are_duplicates() -> None:
    first = run(1, id="1", distance=None)

    assert repeated_ids(first, later(first, 10, id="2")) == {"2"}


def test_a_warm_up_and_a_race_right_after_it_are_no_duplicates() -> None:
    first = run(1, id="1")

    assert repeated_ids(first, later(first, 121, id="2")) == set()


def test_a_copy_of_a_copy_is_compared_with_what_stays() -> None:
    first = run(1, id="1")

    assert repeated_ids(first, later(first, 100, id="2"), later(first, 200, id="3")) == {"2"}


def test_many_runs_are_told_apart_as_two_are() -> None:
    chance = np.random.default_rng(3)
    first = run(1, id="x")
    runs = [
        later(
            first,
            float(chance.integers(0, 4000)),
            id=str(number),
            distance=float(chance.choice([5000.0, 5200.0, 9000.0])),
            manual=bool(chance.integers(0, 2)),
        )
        for number in range(80)
    ]
    kept: list[Activity] = []
    for each in sorted(runs, key=lambda each: (each.manual, len(each.id), each.id)):
        if not any(
            abs(each.start_date - other.start_date) <= timedelta(seconds=120)
            and abs((each.distance or 0) - (other.distance or 0)) <= 0.05 * max(each.distance or 0, other.distance or 0)
            for other in kept
        ):
            kept.append(each)

    assert repeated_ids(*runs) == {each.id for each in runs} - {each.id for each in kept}
    assert 10 < len(kept) < 70
