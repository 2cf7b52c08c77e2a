"""Training load of a window: totals, fitness and form, variation, intensity, alerts, and how much of it is known.

One unit of load for the whole answer. An activity without a heart rate has an unknown load: sums cannot hold it, the
answer counts it and never calls it 0. Pure: rows, settings and today's date come in, the answer goes out.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Final

from apis.activities.analytics.athlete_settings import AthleteSettings
from apis.activities.analytics.disciplines import RIDES, RUNS
from apis.activities.analytics.errors import InputsMissing
from apis.activities.analytics.heart_rate_load import HeartRateLoad, load_method
from apis.activities.analytics.intensity_report import report_intensity
from apis.activities.analytics.load_alerts import (
    Alert,
    LoadedRun,
    SpikeRule,
    check_spikes,
    form_alert,
    monotony_alert,
)
from apis.activities.analytics.load_days import SEED, LoadDays
from apis.activities.analytics.load_rows import LoadRow, RowLoad, load_of
from apis.activities.analytics.power import training_stress_score
from apis.activities.analytics.training_impulse import CONSTANTS
from apis.activities.analytics.training_load import ACUTE_DAYS, CHRONIC_DAYS
from apis.activities.analytics.training_load_answer import (
    LoadCoverage,
    LoadParams,
    LoadTotal,
    PowerLoad,
    TrainingLoadReport,
)
from apis.activities.analytics.trend_report import WindowEcho
from apis.activities.analytics.windows import Window

HISTORY_DAYS: Final = 365  # what is older weighs less than 0.02 % in CTL
MOST_ALERTS: Final = 10


def history_start(window: Window) -> date:
    """First local date of the activities that the report wants to see: a year before the window."""
    return window.start - timedelta(days=HISTORY_DAYS)


def report_training_load(
    rows: Iterable[LoadRow], window: Window, settings: AthleteSettings, *, today: date
) -> TrainingLoadReport:
    """The training load of a window.

    Args:
        rows: Activities of all sports from `history_start` on, any order; later ones than the window or than today
            are not looked at.
        window: Local dates.
        settings: Which numbers of the athlete to use.
        today: Local date; the days after it are not rest days yet.
    """
    last = max(window.start, min(window.end - timedelta(days=1), today))
    since, (method, no_method) = history_start(window), _method(settings)
    loads = [load_of(row, method) for row in rows if since <= row.local_date <= last]
    recorded_from = min((each.row.local_date for each in loads), default=None)
    days = LoadDays.of(loads, first=recorded_from or window.start, last=last)
    inside = [each for each in loads if window.contains(each.row.local_date)]
    rule, spikes = _spikes(loads, recorded_from, window.start, last)
    known = method is not None and any(each.load is not None for each in loads)
    weeks, left_out = days.weeks(inside, start=window.start) if known else ((), 0)
    alerts = [*(_alerts(days, method) if known else ()), *reversed(spikes)]
    return TrainingLoadReport(
        window=WindowEcho.model_validate(window.echo()),
        method=method.name if method else None,
        method_reason=no_method,
        params=_params(settings, days),
        total=_total(inside),
        form=days.form_on(last) if known else None,
        weeks=weeks,
        weeks_left_out=left_out,
        variation=days.variation() if known else None,
        workload_ratio=days.workload_ratios() if known else None,
        power=_power(inside, settings),
        intensity=report_intensity([each.row.histogram for each in inside if each.row.histogram], settings),
        spike_rule=rule,
        alerts=tuple(alerts[:MOST_ALERTS]),
        alerts_left_out=max(len(alerts) - MOST_ALERTS, 0),
        coverage=_coverage(inside),
        notes=tuple(_notes(inside, days, method, settings)),
    )


def _method(settings: AthleteSettings) -> tuple[HeartRateLoad | None, str | None]:
    try:
        return load_method(settings), None
    except InputsMissing as missing:
        return None, str(missing)


def _params(settings: AthleteSettings, days: LoadDays) -> LoadParams:
    return LoadParams(
        max_heartrate_bpm=settings.max_heartrate_bpm,
        resting_heartrate_bpm=settings.resting_heartrate_bpm,
        lthr_bpm=settings.lthr_bpm,
        sex=settings.sex,
        constants=CONSTANTS[settings.sex.value] if settings.sex else None,
        ctl_days=CHRONIC_DAYS,
        atl_days=ACUTE_DAYS,
        seed=SEED,
        first_day=days.first.isoformat(),
        days_of_history=int(days.load.size),
    )


def _total(inside: Sequence[RowLoad]) -> LoadTotal:
    known = [each.load for each in inside if each.load is not None]
    return LoadTotal(
        load=sum(known) if known else None,
        moving_time_s=sum(each.row.moving_time_s for each in inside),
        activities=len(inside),
    )


def _power(inside: Sequence[RowLoad], settings: AthleteSettings) -> PowerLoad:
    rides = [
        (each.row.moving_time_s, each.row.normalized_power_w)
        for each in inside
        if each.row.sport_type in RIDES and each.row.normalized_power_w
    ]
    if not rides or settings.ftp_w is None:
        reason = "the threshold power is not known" if rides else "no ride has power"
        return PowerLoad(tss=None, activities=len(rides), ftp_w=settings.ftp_w, reason=reason)
    scores = (training_stress_score(seconds, watts, ftp_w=settings.ftp_w.value) for seconds, watts in rides)
    return PowerLoad(tss=sum(scores), activities=len(rides), ftp_w=settings.ftp_w, reason=None)


def _spikes(
    loads: Sequence[RowLoad], recorded_from: date | None, first: date, last: date
) -> tuple[SpikeRule, list[Alert]]:
    runs = [
        LoadedRun(each.row.id, each.row.local_date, each.row.weekday, each.row.distance_m)
        for each in loads
        if each.row.sport_type in RUNS
    ]
    return check_spikes(runs, recorded_from=recorded_from, first_day=first, last_day=last)


def _alerts(days: LoadDays, method: HeartRateLoad | None) -> Iterator[Alert]:
    """Alerts of form and monotony; form has a limit in units of hrTSS alone."""
    found = [monotony_alert(days.variation().monotony, last_day=days.last)]
    if method is not None and method.name == "hrTSS":
        found.insert(0, form_alert(days.form.tsb, last_day=days.last))
    yield from (each for each in found if each is not None)


def _coverage(inside: Sequence[RowLoad]) -> LoadCoverage:
    return LoadCoverage(
        activities=len(inside),
        with_load=sum(each.load is not None for each in inside),
        from_averages=sum(each.from_average for each in inside),
        partly_covered=sum(each.partly_covered for each in inside),
        without=dict(Counter(each.reason for each in inside if each.reason is not None)),
    )


def _notes(
    inside: Sequence[RowLoad], days: LoadDays, method: HeartRateLoad | None, settings: AthleteSettings
) -> Iterator[str]:
    if method is None:
        return
    unknown = int(days.unknown.sum())
    if unknown:
        yield f"{unknown} activities since {days.first.isoformat()} have an unknown load: every sum here reads low"
    if any(each.from_average for each in inside):
        yield "loads from a mean heart rate read low, because the weighting is convex"
    if days.load.size < CHRONIC_DAYS:
        yield f"fewer than {CHRONIC_DAYS} days of history: fitness is still rising from its seed, the form alert is off"
    if method.name == "TRIMP":
        yield "the form alert is off: its limit holds for hrTSS, which needs the threshold heart rate"
    if settings.max_heartrate_bpm and settings.max_heartrate_bpm.origin == "estimated":
        yield "the maximal heart rate is an estimate from age, ±10 bpm: so is every load"
    yield from settings.conflicts
