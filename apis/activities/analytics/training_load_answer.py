"""The answer of the training load, as it leaves the API: one unit of load, nulls with their reasons."""

from apis.activities.analytics.athlete_settings import Setting, SexSetting
from apis.activities.analytics.heart_rate_load import LoadName
from apis.activities.analytics.intensity_report import IntensityDistribution
from apis.activities.analytics.load_alerts import Alert, SpikeRule
from apis.activities.analytics.load_rows import NoLoadReason
from apis.activities.analytics.rounding import FrozenAnswer, Rounded
from apis.activities.analytics.trend_report import WindowEcho

RATIO_NOTE = "context only: no evidence that it predicts injury, never a reason to change a plan"


class LoadParams(FrozenAnswer):
    """What the load was made from; `first_day` is where the running means start from `seed`."""

    max_heartrate_bpm: Setting | None
    resting_heartrate_bpm: Setting | None
    lthr_bpm: Setting | None
    sex: SexSetting | None
    constants: str | None
    ctl_days: int
    atl_days: int
    seed: Rounded
    first_day: str
    days_of_history: int


class LoadTotal(FrozenAnswer):
    """The window as a whole; load is null where there is no method or no activity with a load."""

    load: Rounded | None
    moving_time_s: Rounded
    activities: int


class FormOnDay(FrozenAnswer):
    """Fitness, fatigue and form in the evening of a day; ramp is the change of CTL in 7 days."""

    date: str
    weekday: str
    ctl: Rounded
    atl: Rounded
    tsb: Rounded
    ramp_ctl_per_7d: Rounded | None


class WeekLoad(FrozenAnswer):
    """One week from Monday, as far as it lies in the window; form is that of its last day.

    Load is null where every activity has an unknown one: it is not a week of rest.
    """

    week_start: str
    load: Rounded | None
    activities: int
    without_load: int
    moving_time_s: Rounded
    ctl: Rounded
    atl: Rounded
    tsb: Rounded


class LoadVariation(FrozenAnswer):
    """Monotony and strain of the last 7 days (Foster); null with a reason."""

    start_date: str
    end_date: str
    monotony: Rounded | None
    strain: Rounded | None
    reason: str | None


class WorkloadRatios(FrozenAnswer):
    """Acute to chronic workload ratio in three definitions."""

    coupled_7_28: Rounded | None
    uncoupled_7_21: Rounded | None
    weighted: Rounded | None
    reason: str | None
    note: str = RATIO_NOTE


class PowerLoad(FrozenAnswer):
    """TSS of rides with power: a unit of its own, not part of the other load."""

    tss: Rounded | None
    activities: int
    ftp_w: Setting | None
    reason: str | None


class LoadCoverage(FrozenAnswer):
    """How many activities of the window carry a load.

    Attributes:
        from_averages: Of these, loads of a mean heart rate without samples, which read low.
        partly_covered: Of these, activities with a heart rate for less than 80 % of their moving time: read low too.
        without: The others by reason; their load is unknown, not 0, though sums cannot show it.
    """

    activities: int
    with_load: int
    from_averages: int
    partly_covered: int
    without: dict[NoLoadReason, int]


class TrainingLoadReport(FrozenAnswer):
    """What `GET /training-load` answers."""

    window: WindowEcho
    method: LoadName | None
    method_reason: str | None
    params: LoadParams
    total: LoadTotal
    form: FormOnDay | None
    weeks: tuple[WeekLoad, ...]
    weeks_left_out: int
    variation: LoadVariation | None
    workload_ratio: WorkloadRatios | None
    power: PowerLoad
    intensity: IntensityDistribution
    spike_rule: SpikeRule
    alerts: tuple[Alert, ...]
    alerts_left_out: int
    coverage: LoadCoverage
    notes: tuple[str, ...]
