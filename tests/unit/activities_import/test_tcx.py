import re
from datetime import timedelta

import pytest

from apis.activities.errors import FileTooLarge, MarkupRefused, NoActivityInside
from apis.activities.formats import tcx
from apis.activities.formats.tcx import read_tcx
from apis.activities.recordings import RecordedActivity
from tests.support.activity_files import START, steady, tcx_file

RUN = steady(seconds=120)


def read(content: bytes) -> list[RecordedActivity]:
    return read_tcx(content, source_name="run.tcx", source_id="digest")


@pytest.mark.trap(19)
def test_trackpoints_repeated_at_lap_borders_count_once() -> None:
    content = tcx_file(RUN, laps=4)
    assert content.count(b"<Trackpoint>") == 124
    (activity,) = read(content)
    assert activity.streams is not None
    assert len(activity.streams) == 121
    assert len(activity.laps) == 4


def test_totals_are_the_sums_of_the_laps() -> None:
    (activity,) = read(tcx_file(RUN, laps=2))
    assert activity.totals.distance_m == pytest.approx(360.0)
    assert (activity.totals.timer_s, activity.totals.calories_kcal) == (120.0, 100.0)


@pytest.mark.trap(26)
@pytest.mark.parametrize(("written", "sport"), [("Running", "Run"), ("Biking", "Ride"), ("Other", None)])
def test_other_says_nothing_about_the_sport(written: str, sport: str | None) -> None:
    assert read(tcx_file(RUN, sport=written))[0].sport_type == sport


def test_blanks_before_the_declaration_are_forgiven() -> None:
    assert read(b"   \n" + tcx_file(RUN))[0].start_at == START


@pytest.mark.trap(42)
def test_laps_without_trackpoints_still_make_an_activity() -> None:
    (activity,) = read(tcx_file(steady(seconds=120, lat=None), trackpoints=False))
    assert activity.streams is None
    assert activity.start_at == START
    assert (activity.totals.distance_m, activity.totals.elapsed_s) == (360.0, 120.0)


@pytest.mark.trap(22)
def test_a_document_cut_short_keeps_the_trackpoints_before_the_cut() -> None:
    content = tcx_file(RUN)
    (activity,) = read(content[: len(content) // 2])
    assert activity.partial
    assert activity.streams is not None
    assert 50 < len(activity.streams) < 70
    assert (activity.totals.distance_m, activity.totals.timer_s) == (None, None)  # laps before the cut are not all


def test_an_empty_document_is_no_activity() -> None:
    with pytest.raises(NoActivityInside):
        read(b"<TrainingCenterDatabase/>")


NS3 = "http://www.garmin.com/xmlschemas/ActivityExtension/v2"


def with_point_extension(text: str, *, prefix: str = "ns3:") -> RecordedActivity:
    tpx = f'<Extensions><{prefix}TPX xmlns:ns3="{NS3}">{text}</{prefix}TPX></Extensions></Trackpoint>'
    (activity,) = read(tcx_file(RUN).replace(b"</Trackpoint>", tpx.encode()))
    return activity


@pytest.mark.parametrize(
    ("text", "channel", "value"),
    [
        ("<ns3:Speed>2.75</ns3:Speed>", "speed_mps", 2.75),
        ("<ns3:Watts>230</ns3:Watts>", "power_w", 230.0),
        ("<ns3:RunCadence>86</ns3:RunCadence>", "cadence_spm", 86.0),
        ("<ns3:RunCadence>172</ns3:RunCadence>", "cadence_spm", 86.0),
    ],
)
def test_garmins_extension_of_a_point_is_read(text: str, channel: str, value: float) -> None:
    streams = with_point_extension(text).streams
    assert streams is not None
    assert streams.channels()[channel].tolist() == [value] * 121


def test_the_prefix_of_the_extension_is_the_vendors_choice() -> None:
    streams = with_point_extension("<Speed>2.75</Speed>", prefix="").streams
    assert streams is not None
    assert streams.speed_mps is not None
    assert streams.speed_mps[0] == 2.75


def test_the_cadence_of_cycling_is_read_from_the_point_itself() -> None:
    content = tcx_file(RUN, sport="Biking").replace(b"</Trackpoint>", b"<Cadence>90</Cadence></Trackpoint>")
    streams = read(content)[0].streams
    assert streams is not None
    assert streams.cadence_spm is not None
    assert streams.cadence_spm[0] == 90.0


LAP_DETAILS = (
    "<MaximumSpeed>4.1</MaximumSpeed><AverageHeartRateBpm><Value>150</Value></AverageHeartRateBpm>"
    "<MaximumHeartRateBpm><Value>165</Value></MaximumHeartRateBpm><Track>"
)
LAP_EXTENSION = (
    f'</Track><Extensions><ns3:LX xmlns:ns3="{NS3}"><ns3:AvgSpeed>2.9</ns3:AvgSpeed>'
    "<ns3:AvgRunCadence>85</ns3:AvgRunCadence><ns3:AvgWatts>230</ns3:AvgWatts></ns3:LX></Extensions>"
)


def test_a_lap_has_every_number_that_the_document_has() -> None:
    content = tcx_file(RUN).replace(b"<Track>", LAP_DETAILS.encode()).replace(b"</Track>", LAP_EXTENSION.encode())
    (activity,) = read(content)
    assert activity.laps[1].model_dump(exclude={"name", "total_elevation_gain"}) == {
        "lap_index": 2,
        "start_date": START + timedelta(seconds=60),
        "start_index": 60,
        "end_index": 120,
        "elapsed_time": 60.0,
        "moving_time": 60.0,
        "distance": 180.0,
        "average_speed": 2.9,
        "max_speed": 4.1,
        "average_heartrate": 150.0,
        "max_heartrate": 165.0,
        "average_cadence": 85.0,
        "average_watts": 230.0,
    }
    assert (activity.totals.max_speed_mps, activity.totals.max_heartrate_bpm) == (4.1, 165.0)


@pytest.mark.trap(1)
def test_the_time_of_a_lap_leaves_pauses_out_and_its_points_tell_the_rest() -> None:
    content = tcx_file(RUN, laps=1).replace(b"<TotalTimeSeconds>120.0", b"<TotalTimeSeconds>90.0")
    content = content.replace(b"<TotalTimeSeconds>120<", b"<TotalTimeSeconds>90<")
    (activity,) = read(content)
    (lap,) = activity.laps
    assert (lap.elapsed_time, lap.moving_time) == (120.0, 90.0)
    assert (lap.start_index, lap.end_index) == (0, 120)
    assert (activity.totals.elapsed_s, activity.totals.timer_s) == (120.0, 90.0)


@pytest.mark.parametrize("written", ["1e300", "-5", "nan", "four"])
def test_a_number_of_a_lap_that_nobody_has_is_missing(written: str) -> None:
    content = re.sub(rb"<(TotalTimeSeconds|DistanceMeters|Calories)>[\d.]+", rb"<\1>" + written.encode(), tcx_file(RUN))
    (activity,) = read(content)
    assert [(lap.moving_time, lap.distance) for lap in activity.laps] == [(None, None), (None, None)]
    assert (activity.totals.timer_s, activity.totals.distance_m, activity.totals.calories_kcal) == (None, None, None)


@pytest.mark.case("I02")
@pytest.mark.parametrize(
    ("limit", "content"),
    [
        ("MAX_ACTIVITIES", b"<TrainingCenterDatabase>" + b"<Activity/>" * 3 + b"</TrainingCenterDatabase>"),
        ("MAX_LAPS", tcx_file(RUN, laps=3)),
    ],
)
def test_more_activities_or_laps_than_anybody_has_are_refused(
    limit: str, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tcx, limit, 2)
    with pytest.raises(FileTooLarge):
        read(content)


@pytest.mark.case("I02")
@pytest.mark.trap(33)
def test_a_document_with_entities_is_refused() -> None:
    with pytest.raises(MarkupRefused):
        read(b'<!DOCTYPE a [<!ENTITY x "y">]><TrainingCenterDatabase>&x;</TrainingCenterDatabase>')
