import pytest

from apis.activities.errors import MarkupRefused, NoActivityInside
from apis.activities.formats.tcx import read_tcx
from apis.activities.recordings import RecordedActivity
from tests.support.activity_files import START, steady, tcx_file

RUN = steady(seconds=120)


def read(content: bytes) -> list[RecordedActivity]:
    return read_tcx(content, source_name="run.tcx", source_id="digest")


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


@pytest.mark.parametrize(("written", "sport"), [("Running", "Run"), ("Biking", "Ride"), ("Other", None)])
def test_other_says_nothing_about_the_sport(written: str, sport: str | None) -> None:
    assert read(tcx_file(RUN, sport=written))[0].sport_type == sport


def test_blanks_before_the_declaration_are_forgiven() -> None:
    assert read(b"   \n" + tcx_file(RUN))[0].start_at == START


def test_laps_without_trackpoints_still_make_an_activity() -> None:
    (activity,) = read(tcx_file(steady(seconds=120, lat=None), trackpoints=False))
    assert activity.streams is None
    assert activity.start_at == START
    assert (activity.totals.distance_m, activity.totals.elapsed_s) == (360.0, 120.0)


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


@pytest.mark.case("I02")
def test_a_document_with_entities_is_refused() -> None:
    with pytest.raises(MarkupRefused):
        read(b'<!DOCTYPE a [<!ENTITY x "y">]><TrainingCenterDatabase>&x;</TrainingCenterDatabase>')
