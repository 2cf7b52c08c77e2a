"""The runs of window and history, each with its place and, if it is not compared, its one reason."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from apis.activities.analytics.exclusions import COMPARED, ComparisonLimits, exclusions
from apis.activities.analytics.run_columns import BoolArray, Document, RunColumns, run_columns
from apis.activities.analytics.trend_model import RunTable
from apis.activities.analytics.weather_bands import WeatherBands
from apis.activities.analytics.windows import Window

Basis = Literal["samples", "averages"]
UNLIKE_SHARES: Final = 0.1  # of the runs that have samples: as much as one run of ten


@dataclass(frozen=True)
class Selection:
    """Which runs a trend looks at.

    Attributes:
        max_heartrate_bpm: What the athlete stated about themselves; None if nothing.
    """

    window: Window
    history_days: int
    sport_type: str
    condition: str | None
    bands: WeatherBands
    limits: ComparisonLimits
    max_heartrate_bpm: float | None


@dataclass(frozen=True, eq=False)
class ComparableRuns:
    """Runs in reach, oldest first, with what decides about each; arrays of one length n.

    Attributes:
        in_window: Of the window; the others are its history.
        in_condition: The weather was the one asked for; every run, if none was.
        reason: Position in `REASONS`, or `COMPARED`.
        basis: How heart rate and speed are taken.
    """

    runs: RunColumns
    in_window: BoolArray
    in_condition: BoolArray
    reason: NDArray[np.intp]
    basis: Basis

    @property
    def compared(self) -> BoolArray:
        """Which runs are compared."""
        compared: BoolArray = self.reason == COMPARED
        return compared

    def anywhere(self) -> "ComparableRuns":
        """The same runs where no condition was asked for."""
        return replace(self, in_condition=np.ones_like(self.in_condition))

    def table(self, window: Window) -> RunTable:
        """The columns of the model: of the window the compared runs in the condition, and every earlier one."""
        rows = self.compared & (self.in_condition | ~self.in_window)
        runs = self.runs.chosen(rows)
        return RunTable(
            day=(runs.started_local - np.datetime64(window.start)) / np.timedelta64(1, "D"),
            heartrate_bpm=runs.heartrate_bpm,
            speed_mps=runs.speed_mps,
            temperature_c=runs.temperature_c,
            duration_s=runs.moving_time_s,
            in_condition=self.in_condition[rows],
        )


def comparable_runs(documents: Iterable[Document], selection: Selection) -> ComparableRuns:
    """The runs in reach among stored rows; activities that are no runs are neither compared nor listed.

    Args:
        documents: Rows in any order, as `ActivityRow` is stored; the start's local date decides about each.
        selection: Which runs are looked at.
    """
    window = selection.window
    first = window.start - timedelta(days=selection.history_days)
    runs = run_columns(documents, first=first, end=window.end, bands=selection.bands)
    found = _told(runs, selection, "samples")
    return _told(runs.by_averages(), selection, "averages") if _measured_unlike(found) else found


def _measured_unlike(found: ComparableRuns) -> bool:
    """Whether samples are there for one time and missing for another, so that how it was measured looks like a change.

    Without the first ten minutes a heart rate is a beat or two higher, and a grade-adjusted speed is another than the
    plain one.
    """
    sampled, within = found.runs.from_samples[found.compared], found.in_window[found.compared]
    inside = sampled[within]  # oldest first, as the runs are
    halves = inside[: inside.size // 2], inside[inside.size // 2 :]
    pairs = ((inside, sampled[~within]), halves)
    return any(
        one.size > 0 and other.size > 0 and abs(float(one.mean()) - float(other.mean())) > UNLIKE_SHARES
        for one, other in pairs
    )


def _told(runs: RunColumns, selection: Selection, basis: Basis) -> ComparableRuns:
    window, name = selection.window, selection.condition
    return ComparableRuns(
        runs=runs,
        in_window=runs.started_local >= np.datetime64(window.start),
        in_condition=np.ones(len(runs), dtype=np.bool_) if name is None else runs.in_band(name),
        reason=exclusions(
            runs,
            sport_type=selection.sport_type,
            limits=selection.limits,
            max_heartrate_bpm=selection.max_heartrate_bpm,
        ),
        basis=basis,
    )
