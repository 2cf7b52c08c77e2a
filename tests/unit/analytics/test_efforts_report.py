import json
from datetime import date, timedelta
from typing import Any

import pytest

from apis.activities.analytics.best_efforts import STANDARD_DISTANCES_M
from apis.activities.analytics.efforts_report import EffortRow, EffortsReport, report_efforts
from apis.activities.analytics.race_performance import vdot
from apis.activities.models import BestEffort
from tests.support.runs import run, window

TODAY = date(2026, 6, 30)


def effort(name: str, seconds: float) -> BestEffort:
    return BestEffort(name=name, distance=STANDARD_DISTANCES_M[name], elapsed_time=seconds, start_index=0, end_index=1)


def row(days_ago: int, **efforts: float) -> EffortRow:
    """One run; `_5K=1200` is an effort over 5K, and `of` names the others."""
    day = TODAY - timedelta(days=days_ago)
    made = tuple(effort(name.removeprefix("_"), seconds) for name, seconds in efforts.items())
    return EffortRow(f"run-{days_ago}", day, f"{day:%A}", f"Run {days_ago}", made)


def of(days_ago: int, efforts: dict[str, float]) -> EffortRow:
    return row(days_ago, **efforts)


def report(*rows: EffortRow, text: str = "last_30_days") -> EffortsReport:
    return report_efforts(rows, window(text), today=TODAY)


def test_the_best_of_each_distance_is_told_with_its_run_in_the_order_of_distance() -> None:
    found = report(row(5, _5K=1200.0, _1K=230.0), row(2, _5K=1230.0, _1K=220.0))
    assert [(each.distance, each.elapsed_time_s, each.activity_id) for each in found.best] == [
        ("1K", 220.0, "run-2"),
        ("5K", 1200.0, "run-5"),
    ]
    best = found.best[1]
    assert (best.pace_s_per_km, best.date, best.weekday, best.activity_name) == (
        240.0,
        "2026-06-25",
        "Thursday",
        "Run 5",
    )


def test_of_equal_efforts_the_first_counts() -> None:
    assert report(row(2, _5K=1200.0), row(5, _5K=1200.0)).best[0].activity_id == "run-5"


def test_runs_outside_the_window_are_not_looked_at() -> None:
    found = report(row(30, _5K=1000.0), row(5, _5K=1200.0), row(3))
    assert [each.elapsed_time_s for each in found.best] == [1200.0]
    assert found.coverage.model_dump() == {"runs": 2, "with_efforts": 1}


def test_predictions_from_five_kilometres_in_twenty_minutes_are_the_published_ones() -> None:
    found = report(row(10, _5K=1200.0))
    assert found.source is not None
    assert (found.source.distance, found.source.age_days) == ("5K", 10)
    assert found.source.vdot == pytest.approx(49.81, abs=0.005)
    by_name = {each.distance: each for each in found.predictions}
    assert list(by_name) == ["5K", "10K", "Half-Marathon", "Marathon"]
    assert by_name["10K"].riegel_s == pytest.approx(2501.92, abs=0.005)
    assert by_name["10K"].vdot_s == pytest.approx(2488, abs=5)  # VDOT 50: 41:21
    assert vdot(42_195.0, by_name["Marathon"].vdot_s) == pytest.approx(found.source.vdot, abs=0.001)
    assert all(each.estimate for each in found.predictions)
    assert found.caution == "estimates: efforts inside runs that were not whole-hearted make every prediction too slow"


def test_cameron_predicts_as_published() -> None:
    found = report(row(10, _5K=992.0))  # 16:32
    ten = next(each for each in found.predictions if each.distance == "10K")
    assert ten.cameron_s == pytest.approx(34 * 60 + 26, abs=1)


def test_riegel_is_silent_beyond_230_minutes() -> None:
    found = report(row(10, _5K=1800.0))
    marathon = found.predictions[-1]
    assert (marathon.distance, marathon.riegel_s) == ("Marathon", None)
    assert marathon.riegel_reason == "outside the 3.5 to 230 minutes for which Riegel's formula is valid"
    assert marathon.vdot_s > 13_800
    assert found.predictions[0].riegel_reason is None


def test_the_source_is_the_best_effort_of_three_kilometres_and_more() -> None:
    found = report(of(3, {"1 mile": 300.0, "2 mile": 690.0, "5K": 1100.0, "10K": 2500.0}))
    assert found.source is not None
    assert found.source.distance == "5K"
    only_short = report(of(3, {"400m": 70.0, "1K": 215.0, "1 mile": 400.0})).source
    assert only_short is not None
    assert only_short.distance == "1K"


@pytest.mark.parametrize("efforts", [{}, {"400m": 60.0, "1K": 209.0}, {"50K": 14_000.0}], ids=["none", "short", "long"])
def test_without_an_effort_of_fitting_length_there_is_no_prediction(efforts: dict[str, float]) -> None:
    found = report(of(3, efforts))
    assert (found.source, found.predictions) == (None, ())
    assert found.reason == "no effort of 3.5 to 230 minutes over a standard distance"


def test_critical_speed_is_the_line_through_efforts_of_two_runs() -> None:
    # On the line 4 m/s with a reserve of 200 m.
    rows = of(9, {"1K": 200.0}), of(5, {"2 mile": (3218.688 - 200) / 4}), of(2, {"400m": 60.0, "10K": 2600.0})
    found = report(*rows).critical_speed
    assert [found.speed_mps, found.reserve_m] == [pytest.approx(4.0), pytest.approx(200.0)]
    assert found.pace_s_per_km == pytest.approx(250.0)
    assert [each.distance for each in found.efforts] == ["1K", "2 mile"]
    assert found.estimate


def test_one_run_alone_has_no_critical_speed() -> None:
    found = report(of(9, {"1K": 200.0, "2 mile": 750.0})).critical_speed
    assert (found.speed_mps, found.reserve_m) == (None, None)
    assert "from two runs" in (found.reason or "")


def test_a_negative_reserve_is_refused() -> None:
    found = report(of(9, {"1K": 300.0}), of(5, {"2 mile": 700.0})).critical_speed
    assert found.speed_mps is None
    assert "negative" in (found.reason or "")


def test_a_row_is_made_of_a_run_and_its_efforts() -> None:
    made = EffortRow.of(run(0), (effort("5K", 1200.0),))
    assert (made.local_date, made.weekday, made.name) == (TODAY, "Tuesday", "Morning Run")
    assert made.efforts[0].elapsed_time == 1200.0


def test_the_answer_fits_into_a_small_context() -> None:
    everything: dict[str, Any] = {name: length / 3.5 for name, length in STANDARD_DISTANCES_M.items()}
    document = report(of(9, everything)).model_dump(mode="json")
    assert len(json.dumps(document, separators=(",", ":"))) < 5000
