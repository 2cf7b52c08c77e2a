"""What is kept of a track for the weather: a square and a minute."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from apis.activities.formats.sniff import read_unpacked
from apis.activities.measurement import measure
from apis.activities.models import Weather
from apis.activities.recordings import RecordedActivity, Streams
from apis.activities.weather.places import LookedUp, Wanted, coarse, kept, place_of
from tests.support.activity_files import gpx_file, steady

AT = datetime(2026, 5, 4, 6, 45, tzinfo=UTC)
MILD, COLD = Weather(temperature_c=16.0), Weather(temperature_c=1.0)


def wanted(minutes: float = 0, *, lat: float = 52.5) -> Wanted:
    return Wanted(lat=lat, lon=13.4, at=AT + timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("position", "square"),
    [
        ((52.5163, 13.3777), (52.5, 13.4)),
        ((-33.8568, 151.2153), (-33.9, 151.2)),
        ((89.97, -179.96), (90.0, -180.0)),
        ((-0.04, -0.01), (0.0, 0.0)),
    ],
)
def test_a_position_becomes_the_middle_of_its_square(
    position: tuple[float, float], square: tuple[float, float]
) -> None:
    assert coarse(*position) == square
    assert "-0.0" not in str(coarse(*position))


def test_the_place_is_where_the_activity_was_half_over() -> None:
    streams = Streams(
        time_s=np.array([0.0, 100.0, 200.0]), lat=np.array([52.5, 52.7, 52.9]), lon=np.array([13.4, 13.4, 13.4])
    )
    assert place_of(streams) == (52.7, 13.4)


def test_a_sample_without_a_position_is_no_place() -> None:
    streams = Streams(
        time_s=np.array([0.0, 100.0, 200.0]), lat=np.array([52.5, np.nan, 52.9]), lon=np.array([13.4, 13.4, np.nan])
    )
    assert place_of(streams) == (52.5, 13.4)


@pytest.mark.parametrize(
    "streams",
    [
        None,
        Streams(time_s=np.array([0.0, 1.0])),
        Streams(time_s=np.array([0.0, 1.0]), lat=np.array([np.nan, np.nan]), lon=np.array([13.4, 13.4])),
    ],
    ids=["no samples", "no positions", "no fix"],
)
def test_without_positions_there_is_no_place(streams: Streams | None) -> None:
    assert place_of(streams) is None


def test_a_measurement_keeps_the_square_and_no_position() -> None:
    (recorded,) = read_unpacked(gpx_file(steady(seconds=60, lat=52.51634)), name="run.gpx")
    assert isinstance(recorded, RecordedActivity)
    measured = measure(recorded)
    assert measured.place == (52.5, 13.4)
    assert "52.51" not in measured.model_dump_json()


def test_the_exact_question_is_served_by_its_answer_rather_than_by_one_nearby() -> None:
    exact, nearby = LookedUp(wanted=wanted(), weather=MILD), LookedUp(wanted=wanted(20), weather=COLD)
    assert kept([nearby, exact], wanted()) == kept([exact, nearby], wanted()) == exact


def test_between_answers_equally_far_away_the_final_and_then_the_earlier_one_serves() -> None:
    later = LookedUp(wanted=wanted(20), weather=COLD)
    earlier = LookedUp(wanted=wanted(-20), weather=MILD)
    assert kept([later, earlier], wanted()) == kept([earlier, later], wanted()) == earlier
    told = earlier.model_copy(update={"final": False})
    assert kept([later, told], wanted()) == kept([told, later], wanted()) == later


@pytest.mark.parametrize("other", [wanted(61), wanted(-61), wanted(lat=52.6)], ids=["later", "earlier", "elsewhere"])
def test_an_answer_about_another_place_or_hour_is_forgotten(other: Wanted) -> None:
    assert kept([LookedUp(wanted=other, weather=MILD)], wanted()) is None


def test_an_hour_away_is_still_near() -> None:
    near = LookedUp(wanted=wanted(60), weather=MILD)
    assert kept([near], wanted()) == near


def test_where_nothing_is_wanted_nothing_is_kept() -> None:
    assert kept([LookedUp(wanted=wanted(), weather=MILD)], None) is None


def test_a_service_that_will_never_know_does_not_take_back_what_forecasts_told() -> None:
    nothing = LookedUp(wanted=wanted(), weather=None)
    told = LookedUp(wanted=wanted(10), weather=MILD, final=False)
    assert nothing.after(told) == LookedUp(wanted=wanted(), weather=MILD)
    assert nothing.after(None) == nothing
    known = LookedUp(wanted=wanted(), weather=COLD)
    assert known.after(told) == known
