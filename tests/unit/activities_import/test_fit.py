import numpy as np
import pytest

from apis.activities.duplicates import Footprint, same_activity
from apis.activities.errors import ClockNotSet, NoActivityInside, NotAnActivity
from apis.activities.formats.fit import read_fit
from apis.activities.measurement import measure
from apis.activities.recordings import RecordedActivity
from tests.support.activity_files import (
    START,
    TREADMILL,
    Sample,
    Workout,
    fit_file,
    multisport_fit_file,
    steady,
)
from tests.support.fit_encoder import FitBody, fit_time

RUN = steady(seconds=120, device_heartrate=141, ascent=5)


def read(content: bytes) -> list[RecordedActivity]:
    return read_fit(content, source_name="run.fit", source_id="digest")


def only(content: bytes) -> RecordedActivity:
    (activity,) = read(content)
    return activity


def test_totals_of_the_session_and_samples_of_the_records_are_read_in_si_units() -> None:
    activity = only(fit_file(RUN))
    assert (activity.sport_type, activity.start_at, activity.utc_offset_s) == ("Run", START, 7200)
    assert (activity.totals.distance_m, activity.totals.timer_s) == (360.0, 120.0)
    assert (activity.totals.average_heartrate_bpm, activity.totals.ascent_m) == (141, 5)
    assert activity.streams is not None
    assert len(activity.streams) == 121
    assert activity.streams.distance_m is not None
    assert activity.streams.distance_m[-1] == 360.0
    assert activity.streams.altitude_m is not None
    assert activity.streams.altitude_m[0] == pytest.approx(40.0)


def test_semicircles_become_degrees() -> None:
    streams = only(fit_file(RUN)).streams
    assert streams is not None
    assert streams.lat is not None
    assert streams.lon is not None
    assert streams.lat[0] == pytest.approx(52.5, abs=1e-6)
    assert streams.lon[0] == pytest.approx(13.4, abs=1e-6)


@pytest.mark.trap(16)
def test_a_file_without_local_time_has_no_offset() -> None:
    assert only(fit_file(steady(seconds=20, utc_offset_s=None))).utc_offset_s is None


@pytest.mark.parametrize("offset_s", [-25200, 20700, 0])
def test_offset_is_local_timestamp_minus_timestamp(offset_s: int) -> None:
    assert only(fit_file(steady(seconds=20, utc_offset_s=offset_s))).utc_offset_s == offset_s


@pytest.mark.trap(23)
def test_wrong_checksum_keeps_every_record_and_says_so() -> None:
    content = bytearray(fit_file(RUN))
    content[-1] ^= 0xFF
    activity = only(bytes(content))
    assert (activity.partial, activity.reason) == (True, "the checksum at the end of the file is wrong")
    assert activity.streams is not None
    assert len(activity.streams) == 121


@pytest.mark.trap(22)
def test_a_file_cut_short_keeps_the_records_before_the_cut() -> None:
    content = fit_file(RUN)
    activity = only(content[: len(content) // 2])
    assert activity.partial
    assert activity.reason is not None
    assert activity.reason.startswith("the file ends early, at byte ")
    assert activity.streams is not None
    assert 50 < len(activity.streams) < 70


@pytest.mark.trap(24)
def test_a_broken_second_header_keeps_the_first_file() -> None:
    activity = only(fit_file(RUN) + b"\x0e\x20garbage that is no header")
    assert (activity.partial, activity.reason) == (True, "a broken header follows the last good record")
    assert activity.totals.distance_m == 360.0


def test_nonsense_after_good_records_keeps_them() -> None:
    whole = fit_file(RUN)
    activity = only(whole[:3000] + b"\xff" * (len(whole) - 3000))
    assert activity.partial
    assert activity.streams is not None
    assert len(activity.streams) > 20


def test_without_a_single_record_there_is_no_activity() -> None:
    with pytest.raises(NoActivityInside, match="ends early"):
        read(fit_file(RUN)[:60])


@pytest.mark.parametrize("kind", [2, 6, 32, 49], ids=["settings", "course", "monitoring", "a type without a name"])
def test_a_file_about_something_else_is_refused_by_name(kind: int) -> None:
    body = FitBody()
    body.message(0, [(0, "enum", kind), (1, "u16", 1)])
    with pytest.raises(NotAnActivity, match="a FIT file of settings or monitoring, not an activity"):
        read(body.sealed())


@pytest.mark.trap(20)
def test_chained_files_are_activities_of_their_own() -> None:
    later = RUN.shifted(86_400)
    first, second = read(fit_file(RUN) + fit_file(later))
    assert (first.start_at, second.start_at) == (START, later.start)
    assert (first.source_id, second.source_id) == ("digest", "digest#1")


def test_nonsense_in_the_first_of_two_chained_files_does_not_lose_the_second() -> None:
    broken = bytearray(fit_file(RUN))
    broken[2000:2100] = b"\xff" * 100
    first, second = read(bytes(broken) + fit_file(RUN.shifted(86_400)))
    assert (first.reason, second.partial) == ("a message cannot be decoded; what follows it is lost", False)
    assert second.streams is not None
    assert len(second.streams) == 121


def test_settings_chained_to_an_activity_are_left_out() -> None:
    settings = FitBody()
    settings.message(0, [(0, "enum", 2), (1, "u16", 1)])
    assert [each.partial for each in read(fit_file(RUN) + settings.sealed())] == [False]
    assert [each.source_id for each in read(settings.sealed() + fit_file(RUN))] == ["digest"]


def test_a_clock_that_was_not_set_costs_one_of_two_chained_files() -> None:
    unset = fit_file(RUN.shifted(-30 * 365 * 86_400))
    assert [each.start_at for each in read(unset + fit_file(RUN))] == [START]


def test_a_wrong_checksum_in_the_first_of_two_chained_files_does_not_lose_the_second() -> None:
    broken = bytearray(fit_file(RUN))
    broken[-1] ^= 0xFF
    first, second = read(bytes(broken) + fit_file(RUN.shifted(86_400)))
    assert (first.partial, second.partial) == (True, False)


@pytest.mark.trap(21)
def test_each_leg_of_a_multisport_file_gets_its_own_records_and_laps() -> None:
    legs = [steady(seconds=60, sport="Swim"), steady(seconds=90, sport="Ride").shifted(61)]
    swim, ride = read(multisport_fit_file(legs))
    assert (swim.sport_type, ride.sport_type) == ("Swim", "Ride")
    assert swim.streams is not None
    assert ride.streams is not None
    assert (len(swim.streams), len(ride.streams)) == (61, 91)
    assert (len(swim.laps), len(ride.laps)) == (1, 1)


@pytest.mark.trap(21)
def test_the_transition_between_two_legs_is_no_activity() -> None:
    legs = [
        steady(seconds=60, sport="Swim"),
        steady(seconds=30, sport="Transition").shifted(61),
        steady(seconds=90, sport="Ride").shifted(92),
    ]
    assert [each.sport_type for each in read(multisport_fit_file(legs))] == ["Swim", "Ride"]


def test_records_outside_of_every_session_stay_with_the_nearest_one() -> None:
    legs = [steady(seconds=60, sport="Swim"), steady(seconds=90, sport="Ride").shifted(200)]
    samples = [*legs[0].samples, Sample(70.0), Sample(180.0)]
    body = FitBody()
    for sample in samples:
        body.message(20, [(253, "u32", fit_time(START) + int(sample.at_s)), (3, "u8", 140)])
    for leg in legs:
        body.message(18, [(2, "u32", fit_time(leg.start)), (7, "u32", round(leg.elapsed_s * 1000))])
    first, second = read(body.sealed())
    assert (first.streams is not None and len(first.streams)) == 62
    assert (second.streams is not None and len(second.streams)) == 1


def test_a_damaged_file_leaves_out_no_transition_because_it_may_have_been_a_leg() -> None:
    legs = [steady(seconds=60, sport="Transition"), steady(seconds=90, sport="Ride").shifted(61)]
    content = bytearray(multisport_fit_file(legs))
    assert len(read(bytes(content))) == 1
    content[-1] ^= 0xFF
    assert [each.sport_type for each in read(bytes(content))] == [None, "Ride"]


@pytest.mark.trap(25)
def test_a_developer_field_cannot_take_the_place_of_a_native_one() -> None:
    streams = only(fit_file(RUN, developer_field="distance")).streams
    assert streams is not None
    assert streams.distance_m is not None
    assert streams.distance_m[-1] == 360.0


@pytest.mark.trap(40)
def test_heart_rate_that_is_only_in_hr_messages_is_merged_into_the_records() -> None:
    streams = only(fit_file(RUN, hr_messages=True)).streams
    assert streams is not None
    assert streams.heartrate_bpm is not None
    assert np.isfinite(streams.heartrate_bpm).all()
    assert streams.heartrate_bpm[60] == 140.0


@pytest.mark.trap(40)
def test_beats_whose_times_are_packed_follow_the_straps_clock() -> None:
    """First beat at tick 10 000, then every 1.5 s; the lowest 12 bits of the count roll over every 4 s."""
    body = FitBody()
    body.message(0, [(0, "enum", 4), (4, "u32", fit_time(START))])
    ticks = [10_000 + 1536 * beat for beat in range(9)]
    first = [(253, fit_time(START)), (9, ticks[0])]
    body.raw(132, [(number, 0x86, value.to_bytes(4, "little")) for number, value in first] + [(6, 0x02, bytes([100]))])
    packed = sum((tick % 4096) << (12 * at) for at, tick in enumerate(ticks[1:])).to_bytes(12, "little")
    body.raw(132, [(6, 0x02, bytes(range(101, 109))), (10, 0x0D, packed)])
    for second in range(20):
        body.message(20, [(253, "u32", fit_time(START) + second), (5, "u32", second)])
    streams = only(body.sealed()).streams
    assert streams is not None
    assert streams.heartrate_bpm is not None
    assert streams.heartrate_bpm[:8].tolist() == [100, 101, 101, 102, 103, 103, 104, 105]
    assert streams.heartrate_bpm[12] == 108.0
    assert np.isnan(streams.heartrate_bpm[18:]).all()  # 5 s after the last beat nobody knows


def test_times_in_the_headers_of_records_are_read() -> None:
    """A record whose header has bit 7 set gives the lowest five bits of its time there, after the last full one."""
    body = FitBody()
    first = fit_time(START)
    body.message(20, [(253, "u32", first), (3, "u8", 100)])
    body.content += bytes([0x41, 0, 0, 20, 0, 1, 3, 1, 0x02])
    for second in range(1, 41):
        body.content += bytes([0x80 | 0x20 | ((first + second) & 0x1F), 100 + second])
    streams = only(body.sealed()).streams
    assert streams is not None
    assert streams.heartrate_bpm is not None
    assert streams.time_s.tolist() == [float(second) for second in range(41)]
    assert streams.heartrate_bpm.tolist() == [float(100 + second) for second in range(41)]


def test_a_summary_may_come_before_its_records() -> None:
    body = FitBody()
    at = fit_time(START)
    body.message(18, [(2, "u32", at), (7, "u32", 60_000), (9, "u32", 18_000), (5, "enum", 1)])
    for second in range(61):
        body.message(20, [(253, "u32", at + second), (5, "u32", second * 300)])
    activity = only(body.sealed())
    assert (activity.sport_type, activity.totals.distance_m) == ("Run", 180.0)
    assert activity.streams is not None
    assert len(activity.streams) == 61


@pytest.mark.trap(28)
def test_a_file_that_holds_the_same_activity_twice_gives_two_that_are_one() -> None:
    one, other = (Footprint.of(measure(each)) for each in read(fit_file(RUN) * 2))
    assert same_activity(one, other)


@pytest.mark.trap(36)
def test_samples_before_the_first_fix_move_to_the_start() -> None:
    activity = only(fit_file(RUN, clock_unset_samples=3))
    assert activity.streams is not None
    assert activity.streams.time_s[-1] == pytest.approx(120.0)
    assert activity.start_at == START


@pytest.mark.trap(36)
def test_a_watch_that_never_learned_the_date_is_refused() -> None:
    with pytest.raises(ClockNotSet):
        read(fit_file(steady(seconds=20, start=START.replace(year=1990))))


def test_a_session_lost_to_damage_leaves_an_activity_made_of_records() -> None:
    activity = only(fit_file(RUN, session=False))
    assert activity.totals.distance_m is None
    assert activity.streams is not None
    assert len(activity.streams) == 121


@pytest.mark.trap(26)
def test_an_unknown_sport_stays_unknown() -> None:
    assert only(fit_file(steady(seconds=20, sport="Quidditch"))).sport_type is None


@pytest.mark.trap(12)
def test_a_treadmill_run_is_indoors() -> None:
    assert only(fit_file(steady(seconds=20, sub_sport=TREADMILL, lat=None))).labels.trainer


@pytest.mark.trap(42)
def test_a_pool_swim_without_records_still_counts() -> None:
    swim = Workout((Sample(0.0, None), Sample(1500.0, None, distance=1000.0)), sport="Swim")
    activity = only(multisport_fit_file([swim]))
    assert (activity.sport_type, activity.totals.distance_m, activity.totals.elapsed_s) == ("Swim", 1000.0, 1500.0)
