"""The answer of the heart-rate trend, as it leaves the API: SI units, nulls for what is not known."""

from typing import Literal

from apis.activities.analytics.comparable_runs import Basis
from apis.activities.analytics.exclusions import ExclusionReason
from apis.activities.analytics.rounding import FrozenAnswer, Rounded

Verdict = Literal["improving", "worsening", "no_detectable_change", "not_enough_data"]
CAUTION = "association, not cause: sleep, illness, caffeine, hydration and the sensor also move heart rate"


class WindowEcho(FrozenAnswer):
    """The resolved window: local dates, end excluded."""

    label: str
    start_date: str
    end_date: str
    timezone: str
    days: int


class TrendCoverage(FrozenAnswer):
    """How many runs of the sport there were in window and history, and how many could be compared."""

    runs: int
    with_heartrate: int
    with_weather: int
    comparable: int
    comparable_in_condition: int
    history_runs: int
    history_comparable: int
    grade_adjusted: int
    device_temperature: int


class ConditionRow(FrozenAnswer):
    """Plain mean over the comparable runs of the window in one condition; each run counts once."""

    condition: str
    n: int
    mean_hr_bpm: Rounded | None
    sd_bpm: Rounded | None
    mean_pace_s_per_km: Rounded | None
    mean_temperature_c: Rounded | None
    unadjusted: Literal[True] = True


class AdjustedMean(FrozenAnswer):
    """Mean heart rate of the window at the reference pace, temperature and duration."""

    bpm: Rounded
    ci95_low: Rounded
    ci95_high: Rounded
    reference_pace_s_per_km: Rounded
    reference_temperature_c: Rounded | None
    reference_duration_s: Rounded | None


class DroppedTerm(FrozenAnswer):
    """A term that the model could not or must not carry, and why."""

    term: str
    reason: str


class Trend(FrozenAnswer):
    """Change of heart rate at the same effort, bpm per 30 days; negative is better."""

    bpm_per_30d: Rounded
    ci95_low: Rounded
    ci95_high: Rounded
    n: int
    n_window: int
    residual_sd_bpm: Rounded
    terms: tuple[str, ...]
    dropped_terms: tuple[DroppedTerm, ...]
    heat_bpm_per_c: Rounded | None
    speed_bpm_per_mps: Rounded | None


class Stability(FrozenAnswer):
    """Whether the verdict survives another variance estimate, each run left out, and another response."""

    hc3_ci95_low: Rounded | None
    hc3_ci95_high: Rounded | None
    leave_one_out_agrees: bool
    efficiency_factor_agrees: bool
    note: str | None


class TrendAnswer(FrozenAnswer):
    """The trend with its verdict; trend and adjusted mean are null when there is not enough data."""

    adjusted_mean_hr_bpm: AdjustedMean | None
    trend: Trend | None
    smallest_change_visible_bpm_per_30d: Rounded | None
    verdict: Verdict
    verdict_reason: str
    stability: Stability | None
    needs: str | None
    warnings: tuple[str, ...]


class NearestCondition(FrozenAnswer):
    """The condition to ask for instead of one without runs."""

    condition: str
    n: int


class ExcludedRun(FrozenAnswer):
    """A run that is not compared, with its one reason; `date` and `weekday` are those of the athlete's own clock."""

    id: str
    date: str
    weekday: str
    in_window: bool
    reason: ExclusionReason


class TrendParams(FrozenAnswer):
    """What the numbers depend on besides the runs; `max_heartrate_bpm` is what the athlete stated, if anything.

    By `basis` the runs are taken by their samples where there are any, or all of them by whole-run averages, because
    samples are there for one time and missing for another. `limits` say what still counts as comparable; shares and
    coverages are fractions of 1, variations are coefficients of variation of 30 s means.
    """

    history_days: int
    reference_temperature_c: float
    confidence: float
    max_heartrate_bpm: float | None
    limits: dict[str, float]
    basis: Basis


class HeartRateTrend(TrendAnswer):
    """What `GET /heart-rate-trend` answers.

    `all_conditions` is the same analysis without the condition filter, so that a condition with few runs still
    gets an honest answer to "am I improving"; null when no condition was asked for. `excluded` lists the newest 60,
    `excluded_counts` counts all.
    """

    window: WindowEcho
    timezone: str
    sport_type: str
    condition: str | None
    nearest_condition: NearestCondition | None
    bands: dict[str, str]
    coverage: TrendCoverage
    by_condition: tuple[ConditionRow, ...]
    all_conditions: TrendAnswer | None
    excluded: tuple[ExcludedRun, ...]
    excluded_counts: dict[ExclusionReason, int]
    method: str
    params: TrendParams
    caution: str = CAUTION
