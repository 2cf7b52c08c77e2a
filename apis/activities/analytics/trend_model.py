"""The regression behind the heart-rate trend, its terms and what may be dropped.

    HR = b0 + c·min(t, 0) + b1·max(t, 0) + b2·(speed - reference) + b3·max(T - 15, 0) + b4·ln(duration / median)

with t in days from the window's start. One regression over window and history: the nuisance slopes rest on the
long history, the window keeps its own trend b1, and the error of both reaches its interval. With a condition, the
window holds only the runs of that condition while the history holds all; `b5·(other condition)` then keeps a plain
difference between conditions from looking like a change.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from apis.activities.analytics.errors import DesignSingular
from apis.activities.analytics.least_squares import Interval, LeastSquares, fit_least_squares
from apis.activities.analytics.time_weighting import FloatArray

Term = Literal["change", "speed", "heat", "earlier_change", "duration", "other_condition"]

REFERENCE_TEMPERATURE_C = 15.0
FEWEST_IN_WINDOW = 6
FEWEST_BASE, FEWEST_PER_TERM = 8, 3
FEWEST_EARLIER = 2
HEAT_SPAN_C = 5.0
# Below these a column is rounding noise, and its coefficient nonsense.
SPEED_SPAN_MPS, NO_HEAT_SPAN_C, DURATION_SPAN_S = 0.01, 0.5, 1.0
PLAUSIBLE_HEAT_BPM_PER_C = (-0.5, 3.0)
COMPARABLE_HEAT_C = 2.0
DAYS = 30.0


@dataclass(frozen=True, eq=False)
class RunTable:
    """Comparable runs as columns of one length n: window and history together.

    The temperature is the dry bulb, NaN for runs that are always indoors.
    """

    day: FloatArray
    heartrate_bpm: FloatArray
    speed_mps: FloatArray
    temperature_c: FloatArray
    duration_s: FloatArray
    in_condition: NDArray[np.bool_]

    def __len__(self) -> int:
        return int(self.day.size)

    @property
    def in_window(self) -> NDArray[np.bool_]:
        """Runs on or after the window's first day."""
        return self.day >= 0

    @property
    def heat_c(self) -> FloatArray:
        """Degrees above the reference temperature, never below 0: cooler than that costs no heart beats."""
        return np.maximum(self.temperature_c - REFERENCE_TEMPERATURE_C, 0.0)

    def chosen(self, rows: NDArray[np.bool_]) -> "RunTable":
        """The runs that a mask selects."""
        columns = {name: getattr(self, name)[rows] for name in self.__dataclass_fields__}
        return RunTable(**columns)


@dataclass(frozen=True)
class NotEnoughRuns:
    """Why no model is fitted."""

    reason: str
    dropped: tuple[tuple[Term, str], ...] = ()


@dataclass(frozen=True, eq=False)
class TrendFit:
    """A fitted model with the terms it carries and those it had to drop."""

    runs: RunTable
    terms: tuple[Term, ...]
    dropped: tuple[tuple[Term, str], ...]
    reference_speed_mps: float
    fit: LeastSquares
    warnings: tuple[str, ...] = ()
    claims_allowed: bool = True

    @property
    def change_index(self) -> int:
        """Position of b1 among the coefficients; b0 comes first."""
        return 1 + self.terms.index("change")

    def unit(self, term: Term) -> FloatArray:
        """The combination that picks one coefficient, shape (k,)."""
        picked = np.zeros(1 + len(self.terms))
        picked[1 + self.terms.index(term)] = 1.0
        return picked

    def change(self) -> Interval:
        """b1 as bpm per 30 days."""
        return self.fit.interval(self.unit("change")).scaled(DAYS)

    def mean_at_reference(self) -> Interval:
        """Heart rate at the reference, at the middle of the window's runs, in bpm."""
        combination = np.zeros(1 + len(self.terms))
        combination[0] = 1.0
        combination[self.change_index] = self.runs.day[self.runs.in_window].mean()
        return self.fit.interval(combination)

    def coefficient(self, term: Term) -> float | None:
        """The fitted coefficient, or None for a term that was dropped."""
        return float(self.fit.coefficients[1 + self.terms.index(term)]) if term in self.terms else None


def runs_for(terms: int) -> int:
    """How many runs a model needs, by its terms without b0."""
    return FEWEST_BASE + FEWEST_PER_TERM * terms


def fit_trend(
    runs: RunTable, *, reference_speed_mps: float | None = None, with_condition: bool = False
) -> TrendFit | NotEnoughRuns:
    """Fit the model with as many terms as the runs carry.

    Args:
        runs: Comparable runs of window and history; order does not matter.
        reference_speed_mps: Speed at which the adjusted mean is given; that of the runs' median pace if not given.
        with_condition: The window holds one condition only, so other conditions get their own level.
    """
    in_window = int(runs.in_window.sum())
    if in_window < FEWEST_IN_WINDOW:
        return NotEnoughRuns(f"{in_window} comparable runs in the window, {FEWEST_IN_WINDOW} are needed")
    terms, dropped = choose_terms(runs, with_condition=with_condition)
    needed = runs_for(len(terms))
    if len(runs) < needed:
        reason = f"{len(runs)} comparable runs in all, {needed} are needed to separate {_sentence(terms)}"
        return NotEnoughRuns(reason, dropped)
    if float(np.ptp(runs.speed_mps)) < SPEED_SPAN_MPS:
        return NotEnoughRuns("the runs do not differ in pace, so effort cannot be told from fitness", dropped)
    reference = reference_speed_mps or 1 / float(np.median(1 / runs.speed_mps))
    try:
        return _guard_heat(TrendFit(runs, terms, dropped, reference, _fit(runs, terms, reference)))
    except DesignSingular:
        return NotEnoughRuns(f"the runs do not vary enough to separate {_sentence(terms)}", dropped)


def choose_terms(runs: RunTable, *, with_condition: bool) -> tuple[tuple[Term, ...], tuple[tuple[Term, str], ...]]:
    """The terms the runs can carry, and those dropped with the reason; speed is never dropped."""
    terms: list[Term] = ["change", "speed", "heat", "earlier_change", "duration"]
    if with_condition and not runs.in_condition.all():
        terms.append("other_condition")
    dropped: list[tuple[Term, str]] = []

    def drop(term: Term, reason: str) -> None:
        terms.remove(term)
        dropped.append((term, reason))

    heat_span = float(np.ptp(runs.heat_c))
    if np.count_nonzero(~runs.in_window) < FEWEST_EARLIER:
        drop("earlier_change", "no earlier runs")
    if not np.isfinite(heat_span):
        drop("heat", "indoor runs have no weather")
    elif heat_span < NO_HEAT_SPAN_C:
        drop("heat", f"no difference in heat above {REFERENCE_TEMPERATURE_C:g} °C")
    if float(np.ptp(runs.duration_s)) < DURATION_SPAN_S:
        drop("duration", "all runs took the same time")
    few = "too few runs to carry it"
    spare: tuple[tuple[Term, bool], ...] = (
        ("duration", True),
        ("earlier_change", True),
        ("heat", heat_span < HEAT_SPAN_C),
    )
    for term, allowed in spare:
        if len(runs) < runs_for(len(terms)) and allowed and term in terms:
            drop(term, few)
    return tuple(terms), tuple(dropped)


def design_matrix(runs: RunTable, terms: tuple[Term, ...], reference_speed_mps: float) -> FloatArray:
    """X of shape (n, 1 + terms): a column of ones, then one column a term."""
    columns: dict[Term, FloatArray] = {
        "change": np.maximum(runs.day, 0.0),
        "speed": runs.speed_mps - reference_speed_mps,
        "heat": runs.heat_c,
        "earlier_change": np.minimum(runs.day, 0.0),
        "duration": np.log(runs.duration_s / np.median(runs.duration_s)),
        "other_condition": (~runs.in_condition).astype(np.float64),
    }
    return np.column_stack([np.ones(len(runs)), *(columns[term] for term in terms)])


def _fit(runs: RunTable, terms: tuple[Term, ...], reference_speed_mps: float) -> LeastSquares:
    return fit_least_squares(design_matrix(runs, terms, reference_speed_mps), runs.heartrate_bpm)


def _guard_heat(fitted: TrendFit) -> TrendFit:
    """Do not adjust by a heat effect that no body has; then window and history must have been equally hot."""
    heat = fitted.coefficient("heat")
    low, high = PLAUSIBLE_HEAT_BPM_PER_C
    if heat is None or low <= heat <= high:
        return fitted
    reason = f"fitted {heat:.1f} bpm/°C is outside the plausible {low:g} to {high:g}"
    terms = tuple(term for term in fitted.terms if term != "heat")
    return replace(
        fitted,
        terms=terms,
        dropped=(*fitted.dropped, ("heat", reason)),
        fit=_fit(fitted.runs, terms, fitted.reference_speed_mps),
        warnings=(f"heat is not adjusted for: {reason}",),
        claims_allowed=_equally_hot(fitted.runs),
    )


def _equally_hot(runs: RunTable) -> bool:
    if runs.in_window.all():
        return False
    before, within = runs.heat_c[~runs.in_window].mean(), runs.heat_c[runs.in_window].mean()
    return bool(abs(within - before) < COMPARABLE_HEAT_C)


def _sentence(terms: tuple[Term, ...]) -> str:
    words = [term.replace("_", " ") for term in terms]
    return f"{', '.join(words[:-1])} and {words[-1]}"
