"""Totals of sessions and laps; elapsed, timer and moving time are three things (domain: mapping traps)."""

from dataclasses import replace

import pytest

from apis.activities.formats.fit import read_fit
from apis.activities.measurement import measure
from apis.activities.models import Lap
from apis.activities.recordings import DeviceTotals, RecordedActivity
from tests.support.activity_files import START, Workout, fit_file, steady
from tests.support.fit_encoder import Field, FitBody, fit_time

RUN = steady(seconds=600)


def only(content: bytes) -> RecordedActivity:
    (activity,) = read_fit(content, source_name="a", source_id="a")
    return activity


def session(*fields: Field) -> DeviceTotals:
    body = FitBody()
    body.message(18, [(2, "u32", fit_time(START)), *fields])
    return only(body.sealed()).totals


@pytest.mark.trap(1)
def test_elapsed_timer_and_moving_time_are_kept_apart() -> None:
    paused = replace(RUN, timer_s=500.0, moving_s=450.0)
    totals = only(fit_file(paused)).totals
    assert (totals.elapsed_s, totals.timer_s, totals.moving_s) == (600.0, 500.0, 450.0)
    assert measure(only(fit_file(paused))).moving_s == 450.0


@pytest.mark.trap(1)
def test_without_moving_time_nothing_is_said_of_it() -> None:
    assert only(fit_file(replace(RUN, timer_s=500.0))).totals.moving_s is None


@pytest.mark.parametrize(
    ("stated", "times"),
    [
        ({7: 600.0, 8: 600.5}, (600.5, 600.5, None)),
        ({7: 600.0, 8: 500.0, 59: 510.0}, (600.0, 500.0, 500.0)),
        ({7: 0.0, 8: 500.0}, (None, 500.0, None)),
        ({7: 4_000_000.0}, (None, None, None)),
    ],
    ids=["timer longer than elapsed", "moving longer than timer", "elapsed 0", "46 days"],
)
def test_there_are_no_negative_pauses(stated: dict[int, float], times: tuple[float | None, ...]) -> None:
    totals = session(*((number, "u32", round(seconds * 1000)) for number, seconds in stated.items()))
    assert (totals.elapsed_s, totals.timer_s, totals.moving_s) == times


def test_power_and_work_are_watts_and_kilojoules() -> None:
    totals = session((20, "u16", 210), (34, "u16", 225), (48, "u32", 760_000))
    assert (totals.average_power_w, totals.normalized_power_w, totals.work_kj) == (210, 225, 760.0)
    assert (totals.power_measured, session().power_measured) == (True, None)


def test_a_total_that_no_activity_has_is_missing() -> None:
    totals = session((9, "u32", 4_000_000_000), (22, "u16", 60_000), (16, "u8", 250), (17, "u8", 10))
    assert totals == DeviceTotals()


def test_a_cadence_of_running_includes_its_fraction() -> None:
    body = FitBody()
    body.message(18, [(2, "u32", fit_time(START)), (5, "enum", 1), (18, "u8", 85), (92, "u8", 64)])
    assert only(body.sealed()).totals.average_cadence_spm == 85.5


def lap_of(body: FitBody) -> Lap:
    (lap,) = only(body.sealed()).laps
    return lap


def test_a_lap_has_every_number_that_the_file_has() -> None:
    body = FitBody()
    at = fit_time(START)
    for second in range(0, 601, 5):
        body.message(20, [(253, "u32", at + second), (5, "u32", second * 300)])
    body.message(
        19,
        [
            (2, "u32", at + 60),
            (7, "u32", 300_000),
            (8, "u32", 280_000),
            (52, "u32", 270_000),
            (9, "u32", 90_000),
            (21, "u16", 12),
            (13, "u16", 3000),
            (14, "u16", 4100),
            (15, "u8", 150),
            (16, "u8", 165),
            (17, "u8", 86),
            (19, "u16", 230),
        ],
    )
    assert lap_of(body).model_dump(exclude={"name"}) == {
        "lap_index": 1,
        "start_date": START.replace(minute=31),
        "start_index": 12,
        "end_index": 72,
        "elapsed_time": 300.0,
        "moving_time": 270.0,
        "distance": 900.0,
        "total_elevation_gain": 12,
        "average_speed": 3.0,
        "max_speed": 4.1,
        "average_heartrate": 150,
        "max_heartrate": 165,
        "average_cadence": 86,
        "average_watts": 230,
    }


def test_timer_time_stands_in_for_the_moving_time_of_a_lap() -> None:
    body = FitBody()
    body.message(20, [(253, "u32", fit_time(START))])
    body.message(19, [(2, "u32", fit_time(START)), (7, "u32", 300_000), (8, "u32", 280_000)])
    assert lap_of(body).moving_time == 280.0


def spans(workout: Workout) -> list[tuple[int | None, int | None]]:
    return [(lap.start_index, lap.end_index) for lap in only(fit_file(workout)).laps]


def test_laps_share_no_sample_and_leave_none_out() -> None:
    assert spans(replace(RUN, lap_ends_s=(200.0, 450.0))) == [(0, 199), (200, 449), (450, 600)]


def test_a_lap_whose_start_and_length_are_rounded_leaves_no_sample_between_it_and_the_next() -> None:
    """798.928 s from second 0, and the next lap begins at second 800, as a watch wrote it."""
    body = FitBody()
    at = fit_time(START)
    for second in range(1001):
        body.message(20, [(253, "u32", at + second)])
    body.message(19, [(2, "u32", at), (7, "u32", 798_928)])
    body.message(19, [(2, "u32", at + 800), (7, "u32", 199_000)])
    assert [(lap.start_index, lap.end_index) for lap in only(body.sealed()).laps] == [(0, 799), (800, 1000)]


def test_samples_of_a_lap_are_counted_after_the_cleaning() -> None:
    """The samples of seconds 100 to 109 came twice; the recording has each second once."""
    samples = [*RUN.samples[:110], *RUN.samples[100:]]
    assert spans(replace(RUN.with_samples(samples), lap_ends_s=(200.0,))) == [(0, 199), (200, 600)]


@pytest.mark.trap(1)
def test_a_pause_between_two_laps_belongs_to_neither() -> None:
    samples = [each for each in RUN.samples if not 200 < each.at_s < 300]
    body = FitBody()
    for sample in samples:
        body.message(20, [(253, "u32", fit_time(START) + int(sample.at_s))])
    for begin, end in ((0, 200), (300, 600)):
        body.message(19, [(2, "u32", fit_time(START) + begin), (7, "u32", (end - begin) * 1000)])
    assert [(lap.start_index, lap.end_index) for lap in only(body.sealed()).laps] == [(0, 200), (201, 501)]


def test_a_lap_without_any_sample_has_no_place_in_the_streams() -> None:
    body = FitBody()
    body.message(20, [(253, "u32", fit_time(START))])
    body.message(19, [(2, "u32", fit_time(START) + 100), (7, "u32", 60_000)])
    assert (lap_of(body).start_index, lap_of(body).end_index) == (None, None)
