"""Loads by local day, rest days as 0, and what follows from them: form, weeks, variation, workload ratios."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from apis.activities.analytics.load_rows import RowLoad
from apis.activities.analytics.time_weighting import FloatArray
from apis.activities.analytics.training_load import (
    ACUTE_DAYS,
    FormSeries,
    coupled_workload_ratio,
    form,
    monotony,
    strain,
    uncoupled_workload_ratio,
    weighted_workload_ratio,
)
from apis.activities.analytics.training_load_answer import FormOnDay, LoadVariation, WeekLoad, WorkloadRatios

SEED: Final = 0.0  # of CTL and ATL before the first day
MOST_WEEKS: Final = 53
_RAMP_DAYS: Final = 7


@dataclass(frozen=True, eq=False)
class LoadDays:
    """One value for each local day from `first` to `last`, both included.

    Attributes:
        load: Shape (n,), sum of the known loads.
        unknown: Shape (n,), activities whose load is not known; their days read low.
        form: Fitness, fatigue and form of each evening, from `SEED`.
    """

    first: date
    last: date
    load: FloatArray
    unknown: NDArray[np.intp]
    form: FormSeries

    @classmethod
    def of(cls, rows: Sequence[RowLoad], *, first: date, last: date) -> Self:
        """The days of some rows, all of which lie between `first` and `last`."""
        days = (last - first).days + 1
        at = np.array([(each.row.local_date - first).days for each in rows], dtype=np.intp)
        known = np.array([each.load or 0.0 for each in rows], dtype=np.float64)
        missing = np.array([each.load is None for each in rows], dtype=np.bool_)
        load = np.bincount(at, weights=known, minlength=days).astype(np.float64)
        return cls(first, last, load, np.bincount(at[missing], minlength=days), form(load, seed=SEED))

    def at(self, day: date) -> int:
        return (day - self.first).days

    def form_on(self, day: date) -> FormOnDay:
        at = self.at(day)
        ctl = self.form.ctl
        return FormOnDay(
            date=day.isoformat(),
            weekday=f"{day:%A}",
            ctl=float(ctl[at]),
            atl=float(self.form.atl[at]),
            tsb=float(self.form.tsb[at]),
            ramp_ctl_per_7d=float(ctl[at] - ctl[at - _RAMP_DAYS]) if at >= _RAMP_DAYS else None,
        )

    def variation(self) -> LoadVariation:
        """Monotony and strain of the last seven days; null where one of them is not wholly known."""
        week, start = self.load[-ACUTE_DAYS:], self.last - timedelta(days=ACUTE_DAYS - 1)
        unknown = int(self.unknown[-ACUTE_DAYS:].sum())
        reason = None
        if week.size < ACUTE_DAYS:
            reason = f"there are fewer than {ACUTE_DAYS} days of history"
        elif unknown:
            reason = f"{unknown} activities of these days have an unknown load"
        elif monotony(week.tolist()) is None:
            reason = "the days are all alike"
        return LoadVariation(
            start_date=start.isoformat(),
            end_date=self.last.isoformat(),
            monotony=None if reason else monotony(week.tolist()),
            strain=None if reason else strain(week.tolist()),
            reason=reason,
        )

    def workload_ratios(self) -> WorkloadRatios:
        coupled = coupled_workload_ratio(self.load)
        reason = "there are fewer than 28 days of history, or no load in them" if coupled is None else None
        return WorkloadRatios(
            coupled_7_28=coupled,
            uncoupled_7_21=uncoupled_workload_ratio(self.load),
            weighted=weighted_workload_ratio(self.load),
            reason=reason,
        )

    def weeks(self, rows: Sequence[RowLoad], *, start: date) -> tuple[tuple[WeekLoad, ...], int]:
        """The latest weeks from Monday of some rows, and how many earlier ones were left out.

        Args:
            rows: Those that count.
            start: First day that counts; a week may begin before it.
        """
        start = max(start, self.first)
        monday = start - timedelta(days=start.weekday())
        mondays = [monday + timedelta(days=day) for day in range(0, (self.last - monday).days + 1, 7)]
        members: dict[date, list[RowLoad]] = {}
        for each in rows:
            day = each.row.local_date
            members.setdefault(day - timedelta(days=day.weekday()), []).append(each)
        kept = mondays[-MOST_WEEKS:]
        return tuple(self._week(each, members.get(each, [])) for each in kept), len(mondays) - len(kept)

    def _week(self, monday: date, rows: Sequence[RowLoad]) -> WeekLoad:
        end = self.form_on(min(monday + timedelta(days=6), self.last))
        known = [each.load for each in rows if each.load is not None]
        return WeekLoad(
            week_start=monday.isoformat(),
            load=sum(known) if known or not rows else None,
            activities=len(rows),
            without_load=len(rows) - len(known),
            moving_time_s=sum(each.row.moving_time_s for each in rows),
            ctl=end.ctl,
            atl=end.atl,
            tsb=end.tsb,
        )
