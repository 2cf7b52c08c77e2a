"""`*_summarizedActivities.json` of Garmin's account export."""

import json
from datetime import timedelta

import pytest

from apis.activities.errors import FileTooLarge, NoActivityInside
from apis.activities.formats import garmin_export
from apis.activities.formats.garmin_export import looks_like_garmin_export, read_garmin_export
from apis.activities.formats.sniff import read_file
from apis.activities.formats.strava_export import RowRefused
from apis.activities.recordings import RecordedActivity
from tests.support.activity_files import START, garmin_file, garmin_item, steady

RUN = steady(seconds=3000)
UNITS = "distance, duration and speed contradict each other, so that the units are unknown"


def read(*items: object) -> list[RecordedActivity | RowRefused]:
    return read_garmin_export(garmin_file(items), source_name="a.json")


def only(**fields: object) -> RecordedActivity:
    (found,) = read(garmin_item(RUN, **fields))
    assert isinstance(found, RecordedActivity)
    return found


def refusal(**fields: object) -> str:
    (found,) = read(garmin_item(RUN, **fields))
    assert isinstance(found, RowRefused)
    return found.reason


def test_centimetres_milliseconds_and_tenths_become_si_units() -> None:
    activity = only(maxSpeed=0.42, elevationGain=24_100.0, maxElevation=42_860.0, minElevation=-500.0)
    totals = activity.totals
    assert (totals.distance_m, totals.elapsed_s, totals.timer_s) == (9000.0, 3000.0, 3000.0)
    assert [totals.average_speed_mps, totals.max_speed_mps] == pytest.approx([3.0, 4.2])
    assert [totals.ascent_m, totals.elev_high_m, totals.elev_low_m] == pytest.approx([241.0, 428.6, -5.0])


def test_a_row_says_what_it_is_and_when_it_began_there_and_in_utc() -> None:
    activity = only(avgHr=141.0, maxHr=181.0)
    assert (activity.kind, activity.source_name, activity.source_id) == (
        "garmin_json",
        "a.json#20000000001",
        "garmin:20000000001",
    )
    assert (activity.name, activity.sport_type) == ("Morning Run", "Run")
    assert (activity.start_at, activity.utc_offset_s) == (START, 7200)
    assert (activity.totals.average_heartrate_bpm, activity.totals.max_heartrate_bpm) == (141.0, 181.0)


def test_the_three_times_are_kept_apart() -> None:
    totals = only(elapsedDuration=3_600_000.0, movingDuration=2_900_000.0).totals
    assert (totals.elapsed_s, totals.timer_s, totals.moving_s) == (3600.0, 3000.0, 2900.0)


@pytest.mark.parametrize(
    ("fields", "start"),
    [
        ({"beginTimestamp": None}, START),
        ({"beginTimestamp": None, "startTimeGmt": "2026-05-04 06:30:00"}, START),
        ({"startTimeGmt": (START.timestamp() + 60) * 1000}, START),
    ],
    ids=["from startTimeGmt", "as text", "beginTimestamp first"],
)
def test_the_start_is_taken_from_either_field(fields: dict[str, object], start: object) -> None:
    assert only(**fields).start_at == start


@pytest.mark.trap(35)
@pytest.mark.parametrize(
    ("identifier", "digits"),
    [(2**60 + 1, "1152921504606846977"), (2e10, "20000000000"), ("20000000001", "20000000001")],
)
def test_ids_are_exact(identifier: object, digits: str) -> None:
    assert only(activityId=identifier).source_id == f"garmin:{digits}"


@pytest.mark.trap(35)
@pytest.mark.parametrize("identifier", [2.0**60, None, True, "=1", -1, [1]])
def test_an_id_that_lost_digits_or_is_none_is_refused(identifier: object) -> None:
    assert refusal(activityId=identifier) == "the activity has no id, no start or no duration"


@pytest.mark.parametrize("moment", [1_777_876_200, 1e20, float("nan"), "soon", None])
def test_a_start_in_another_unit_is_none(moment: object) -> None:
    assert "no start" in refusal(beginTimestamp=moment, startTimeGmt=None)


@pytest.mark.parametrize(
    "fields",
    [
        {"distance": 9000.0, "duration": 3000.0, "elapsedDuration": 3000.0, "avgSpeed": 3.0},
        {
            "distance": 9000.0,
            "duration": 3000.0,
            "elapsedDuration": 3000.0,
            "avgSpeed": 3.0,
            "activityType": "quidditch",
            "sportType": None,
        },
        {"distance": 9000.0},
        {"avgSpeed": 3.0},
        {"avgSpeed": 0.27},
        {"duration": 1_000_000.0, "elapsedDuration": 1_000_000.0, "avgSpeed": 0.9},
        {"distance": None, "avgSpeed": None, "duration": 3000.0, "elapsedDuration": 3000.0},
    ],
    ids=[
        "m, s and m/s",
        "m, s and m/s of an unknown sport",
        "metres",
        "speed in m/s",
        "10 % off",
        "9 m/s on foot",
        "seconds without a distance",
    ],
)
def test_numbers_in_other_units_are_not_believed(fields: dict[str, object]) -> None:
    assert refusal(**fields) == UNITS


@pytest.mark.parametrize(
    "fields",
    [
        {"avgSpeed": 0.29},
        {"avgSpeed": None},
        {"distance": None, "avgSpeed": None},
        {"movingDuration": 2_500_000.0, "avgSpeed": 0.36},
    ],
    ids=["rounded", "no speed", "neither distance nor speed", "speed over moving time"],
)
def test_numbers_that_agree_or_are_missing_are_believed(fields: dict[str, object]) -> None:
    assert only(**fields).totals.elapsed_s == 3000.0


def test_calories_are_not_read_because_their_unit_is_unknown() -> None:
    assert only(calories=2543.3).totals.calories_kcal is None


@pytest.mark.trap(37)
def test_steps_of_both_legs_become_those_of_one() -> None:
    assert only(avgDoubleCadence=170.5).totals.average_cadence_spm == 85.25


def test_the_cadence_of_a_ride_is_the_cranks() -> None:
    (ride,) = read(garmin_item(steady(seconds=3000, sport="Ride"), avgBikeCadence=88.0, avgDoubleCadence=170.0))
    assert isinstance(ride, RecordedActivity)
    assert (ride.sport_type, ride.totals.average_cadence_spm) == ("Ride", 88.0)


@pytest.mark.trap(12)
@pytest.mark.parametrize(
    ("word", "sport", "indoor"),
    [
        ("treadmill_running", "Run", True),
        ("trail_running", "TrailRun", False),
        ("indoor_cycling", "Ride", True),
        ("lap_swimming", "Swim", False),
        ({"typeKey": "hiking"}, "Hike", False),
        ("quidditch", "Run", False),
    ],
)
def test_the_type_of_activity_is_stravas_word_and_says_what_is_indoors(word: object, sport: str, indoor: bool) -> None:
    activity = only(activityType=word, avgSpeed=0.3)
    assert (activity.sport_type, activity.labels.trainer) == (sport, indoor)


@pytest.mark.trap(26)
def test_an_unknown_type_of_activity_stays_unknown() -> None:
    assert only(activityType="quidditch", sportType="BROOMS").sport_type is None


@pytest.mark.trap(27)
def test_a_manual_entry_is_one() -> None:
    assert only(manualActivity=True).labels.manual
    assert not only(manualActivity="no").labels.manual


@pytest.mark.trap(21)
def test_of_a_multisport_activity_the_legs_count_and_not_the_whole() -> None:
    found = read(
        garmin_item(RUN, 1, parent=True, activityType="multi_sport"),
        garmin_item(RUN, 2),
        garmin_item(RUN, 3, activityType="transition_v2"),
    )
    assert [type(each) for each in found] == [RowRefused, RecordedActivity]


@pytest.mark.trap(3)
def test_a_heart_rate_of_0_or_of_another_type_is_missing() -> None:
    for value in (0, None, "--", [140], True, 300):
        assert only(avgHr=value).totals.average_heartrate_bpm is None
    assert only(avgPower=True).totals.average_power_w is None


def test_fields_that_nobody_knows_are_ignored() -> None:
    assert only(quidditchScore={"a": [1]}, splits=[{"x": None}], nom="Course").name == "Morning Run"


@pytest.mark.trap(22)
@pytest.mark.parametrize(
    "damage", [lambda content: content[:-40], lambda content: content.replace(b'"name": "third"', b'"name" "third"')]
)
def test_activities_before_the_damage_are_kept(damage: object) -> None:
    items = [
        garmin_item(RUN, 1),
        garmin_item(RUN, 2),
        garmin_item(RUN, 3, name="third"),
    ]
    found = read_garmin_export(damage(garmin_file(items)), source_name="a.json")  # type: ignore[operator]
    assert [each.source_id for each in found[:2] if isinstance(each, RecordedActivity)] == ["garmin:1", "garmin:2"]
    assert found[2:] == [RowRefused("a.json#item 3", "the list breaks here; what follows is lost")]


def test_what_is_no_object_costs_itself_only() -> None:
    found = read(1, garmin_item(RUN))
    assert found[0] == RowRefused("a.json#item 1", "this is not an activity")
    assert isinstance(found[1], RecordedActivity)


def test_several_lists_are_read_one_after_the_other() -> None:
    groups = [{"summarizedActivitiesExport": [garmin_item(RUN, each)]} for each in (1, 2)]
    found = read_garmin_export(json.dumps(groups).encode(), source_name="a")
    assert [each.source_id for each in found if isinstance(each, RecordedActivity)] == ["garmin:1", "garmin:2"]


@pytest.mark.case("I03")
def test_nesting_without_end_is_refused() -> None:
    content = b'[{"summarizedActivitiesExport":[' + b"[" * 100_000
    (found,) = read_garmin_export(content, source_name="a")
    assert isinstance(found, RowRefused)


@pytest.mark.trap(45)
def test_more_activities_than_anybody_has_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(garmin_export, "MAX_ROWS", 2)
    items = [garmin_item(RUN, each) for each in (1, 2, 3)]
    assert len(read(*items[:2])) == 2
    with pytest.raises(FileTooLarge):
        read(*items)


@pytest.mark.parametrize("content", [b'[{"summarizedActivitiesExport":[]}]', b'[{"summarizedActivitiesExport":{}}]'])
def test_an_empty_list_holds_no_activity(content: bytes) -> None:
    with pytest.raises(NoActivityInside):
        read_garmin_export(content, source_name="a")


def test_the_content_says_that_it_is_this_export() -> None:
    (found,) = read_file(garmin_file([garmin_item(RUN)]), name="misleading.gpx")
    assert isinstance(found, RecordedActivity)
    assert not looks_like_garmin_export('{"activities": []}')
    assert not looks_like_garmin_export("summarizedActivitiesExport")


def test_the_local_start_gives_no_offset_that_no_zone_has() -> None:
    assert only(startTimeLocal=(START + timedelta(hours=20)).timestamp() * 1000).utc_offset_s is None
    assert only(startTimeLocal=None).utc_offset_s is None
