from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from apis.activities.errors import MarkupRefused, NoActivityInside, RouteWithoutTimes
from apis.activities.formats.gpx import read_gpx
from apis.activities.recordings import RecordedActivity
from tests.support.activity_files import GPX_HEAD, START, gpx_file, steady

RUN = steady(seconds=120)
BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE gpx [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    b"<gpx><trk><name>&b;</name></trk></gpx>"
)
EXTERNAL = b'<?xml version="1.0"?><!DOCTYPE gpx [<!ENTITY x SYSTEM "file:///etc/passwd">]><gpx><trk>&x;</trk></gpx>'
DOCUMENT_TYPE = b'<?xml version="1.0"?><!DOCTYPE gpx SYSTEM "http://example.invalid/gpx.dtd"><gpx/>'


def read(content: bytes) -> list[RecordedActivity]:
    return read_gpx(content, source_name="run.gpx", source_id="digest")


def only(content: bytes) -> RecordedActivity:
    (activity,) = read(content)
    return activity


def test_distance_comes_from_the_positions() -> None:
    streams = only(gpx_file(RUN)).streams
    assert streams is not None
    assert streams.distance_m is not None
    assert streams.distance_m[-1] == pytest.approx(360.0, rel=1e-4)


@pytest.mark.parametrize("tag", ["v:hr", "hr", "v:heartrate"], ids=["garmin", "no namespace", "another vendor"])
def test_heart_rate_is_read_from_any_vendors_extension(tag: str) -> None:
    streams = only(gpx_file(RUN, heart_tag=tag)).streams
    assert streams is not None
    assert streams.heartrate_bpm is not None
    assert streams.heartrate_bpm.mean() == 140.0


@pytest.mark.parametrize(
    ("written", "sport"), [("1", "Ride"), ("9", "Run"), ("cycling", "Ride"), ("parkour", None), (None, None)]
)
def test_type_may_be_a_number_or_a_word_and_unknown_stays_unknown(written: str | None, sport: str | None) -> None:
    assert only(gpx_file(RUN, sport=written)).sport_type == sport


def test_points_without_a_position_are_skipped_and_counted() -> None:
    samples = [replace(each, lat=None, lon=None) if each.at_s in (5, 6) else each for each in RUN.samples]
    activity = only(gpx_file(RUN.with_samples(samples)))
    assert activity.streams is not None
    assert len(activity.streams) == 119
    assert (activity.partial, activity.reason) == (True, "2 points without position or time were skipped")


def test_a_route_without_times_is_no_activity() -> None:
    with pytest.raises(RouteWithoutTimes, match="this is a route"):
        read(gpx_file(RUN, times=False))


def test_a_planned_route_is_no_activity() -> None:
    with pytest.raises(RouteWithoutTimes):
        read(f'{GPX_HEAD}<rte><rtept lat="52.5" lon="13.4"/></rte></gpx>'.encode())


def test_a_track_without_points_is_no_activity() -> None:
    with pytest.raises(NoActivityInside):
        read(f"{GPX_HEAD}<trk><trkseg/></trk></gpx>".encode())


def test_a_document_cut_short_keeps_the_points_before_the_cut() -> None:
    content = gpx_file(RUN)
    activity = only(content[: len(content) // 2])
    assert activity.partial
    assert (activity.reason or "").startswith("the XML breaks at line ")
    assert activity.streams is not None
    assert 50 < len(activity.streams) < 70


def test_an_offset_in_a_time_is_an_instant_not_a_zone() -> None:
    activity = only(gpx_file(RUN).replace(b".000Z</time>", b"+02:00</time>"))
    assert activity.start_at == START - timedelta(hours=2)
    assert activity.utc_offset_s is None


def test_a_satellite_jump_adds_no_distance() -> None:
    samples = [replace(each, lat=51.0) if each.at_s == 60 else each for each in RUN.samples]
    streams = only(gpx_file(RUN.with_samples(samples))).streams
    assert streams is not None
    assert streams.distance_m is not None
    assert np.nanmax(streams.distance_m) == pytest.approx(360.0, rel=1e-3)


def test_missing_altitude_is_missing_and_not_sea_level() -> None:
    samples = [replace(each, altitude=None) for each in RUN.samples]
    streams = only(gpx_file(RUN.with_samples(samples))).streams
    assert streams is not None
    assert streams.altitude_m is None


def test_two_tracks_are_two_activities() -> None:
    one, other = gpx_file(RUN).decode(), gpx_file(RUN.shifted(7200)).decode()
    both = one.removesuffix("</gpx>") + other.removeprefix(GPX_HEAD)
    assert [each.source_id for each in read(both.encode())] == ["digest", "digest#1"]


@pytest.mark.case("I02")
@pytest.mark.parametrize(
    "content", [BOMB, EXTERNAL, DOCUMENT_TYPE], ids=["entity expansion", "external entity", "document type"]
)
def test_a_document_with_entities_or_a_document_type_is_refused(content: bytes) -> None:
    with pytest.raises(MarkupRefused):
        read(content)
