from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from apis.activities.errors import ClockNotSet, FileTooLarge, MarkupRefused, NoActivityInside, RouteWithoutTimes
from apis.activities.formats import gpx
from apis.activities.formats.gpx import read_gpx
from apis.activities.recordings import RecordedActivity
from tests.support.activity_files import GPX_HEAD, START, gpx_file, steady

RUN = steady(seconds=120)
TRACK = '<trk><trkseg><trkpt lat="52.5" lon="13.4"><time>2026-05-04T06:30:00Z</time></trkpt></trkseg></trk>'
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


def with_extension(text: str) -> RecordedActivity:
    """The run with this in the extensions of every point."""
    plain = gpx_file(RUN.with_samples(replace(each, heartrate=None) for each in RUN.samples))
    return only(plain.replace(b"</trkpt>", f"<extensions>{text}</extensions></trkpt>".encode()))


@pytest.mark.parametrize(
    ("text", "channel", "value"),
    [
        ("<v:TrackPointExtension><v:hr>150</v:hr></v:TrackPointExtension>", "heartrate_bpm", 150.0),
        ("<TrackPointExtension xmlns='x'><hr>150</hr></TrackPointExtension>", "heartrate_bpm", 150.0),
        ("<v:TrackPointExtension><v:atemp>-3.5</v:atemp></v:TrackPointExtension>", "temperature_c", -3.5),
        ("<temp xmlns='gpxdata'>21</temp>", "temperature_c", 21.0),
        ("<v:TrackPointExtension><v:cad>86</v:cad></v:TrackPointExtension>", "cadence_spm", 86.0),
        ("<cadence xmlns='gpxdata'>86</cadence>", "cadence_spm", 86.0),
        ("<power>230</power>", "power_w", 230.0),
        ("<PowerExtension xmlns='pwr'><PowerInWatts>230</PowerInWatts></PowerExtension>", "power_w", 230.0),
        ("<v:TrackPointExtension><v:speed>2.5</v:speed></v:TrackPointExtension>", "speed_mps", 2.5),
    ],
)
def test_the_extensions_of_each_vendor_are_read(text: str, channel: str, value: float) -> None:
    streams = with_extension(text).streams
    assert streams is not None
    assert streams.channels()[channel].tolist() == [value] * 121


@pytest.mark.trap(37)
def test_steps_of_both_legs_in_a_runs_extension_become_those_of_one() -> None:
    streams = with_extension("<cad>172</cad>").streams
    assert streams is not None
    assert streams.cadence_spm is not None
    assert streams.cadence_spm[0] == 86.0


@pytest.mark.trap(3)
@pytest.mark.parametrize("text", ["<hr/>", "<hr>--</hr>", "<hr>0</hr>", "<hr>nan</hr>", "<hr>1_4_0</hr>"])
def test_a_heart_rate_that_is_no_number_is_missing(text: str) -> None:
    streams = with_extension(text).streams
    assert streams is not None
    assert streams.heartrate_bpm is None


@pytest.mark.trap(26)
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


@pytest.mark.trap(43)
def test_a_route_without_times_is_no_activity() -> None:
    with pytest.raises(RouteWithoutTimes, match="this is a route"):
        read(gpx_file(RUN, times=False))


@pytest.mark.trap(43)
def test_a_planned_route_is_no_activity() -> None:
    with pytest.raises(RouteWithoutTimes):
        read(f'{GPX_HEAD}<rte><rtept lat="52.5" lon="13.4"/></rte></gpx>'.encode())


def test_a_track_without_points_is_no_activity() -> None:
    with pytest.raises(NoActivityInside):
        read(f"{GPX_HEAD}<trk><trkseg/></trk></gpx>".encode())


@pytest.mark.trap(22)
def test_a_document_cut_short_keeps_the_points_before_the_cut() -> None:
    content = gpx_file(RUN)
    activity = only(content[: len(content) // 2])
    assert activity.partial
    assert (activity.reason or "").startswith("the XML breaks at line ")
    assert activity.streams is not None
    assert 50 < len(activity.streams) < 70


@pytest.mark.trap(17)
def test_an_offset_in_a_time_is_an_instant_not_a_zone() -> None:
    activity = only(gpx_file(RUN).replace(b".000Z</time>", b"+02:00</time>"))
    assert activity.start_at == START - timedelta(hours=2)
    assert activity.utc_offset_s is None


@pytest.mark.parametrize(
    "written", [b".250Z", b"+00:00", b"", b" "], ids=["fraction", "offset 0", "without a zone", "blank at the end"]
)
def test_a_time_without_an_offset_is_utc_and_fractions_count(written: bytes) -> None:
    activity = only(gpx_file(RUN).replace(b".000Z</time>", written + b"</time>"))
    assert activity.start_at == START + timedelta(seconds=0.25 if written == b".250Z" else 0)
    assert activity.streams is not None
    assert activity.streams.time_s[-1] == 120.0


@pytest.mark.parametrize("written", ["yesterday", "0001-01-01T00:00:00+23:00", "2026-13-01T00:00:00Z", "2026-05-04"])
def test_a_point_whose_time_cannot_be_read_is_skipped_and_counted(written: str) -> None:
    content = gpx_file(RUN).replace(b"2026-05-04T06:30:07.000Z", written.encode())
    activity = only(content)
    assert activity.streams is not None
    assert activity.start_at == START
    assert len(activity.streams) == 120


@pytest.mark.trap(9)
def test_a_satellite_jump_adds_no_distance() -> None:
    samples = [replace(each, lat=51.0) if each.at_s == 60 else each for each in RUN.samples]
    streams = only(gpx_file(RUN.with_samples(samples))).streams
    assert streams is not None
    assert streams.distance_m is not None
    assert np.nanmax(streams.distance_m) == pytest.approx(360.0, rel=1e-3)


@pytest.mark.trap(10)
def test_missing_altitude_is_missing_and_not_sea_level() -> None:
    samples = [replace(each, altitude=None) for each in RUN.samples]
    streams = only(gpx_file(RUN.with_samples(samples))).streams
    assert streams is not None
    assert streams.altitude_m is None


def test_a_track_whose_clock_was_not_set_costs_no_other_track() -> None:
    one, other = gpx_file(RUN.shifted(-30 * 365 * 86_400)).decode(), gpx_file(RUN).decode()
    both = one.removesuffix("</gpx>") + other.removeprefix(GPX_HEAD)
    assert [each.start_at for each in read(both.encode())] == [START]
    with pytest.raises(ClockNotSet):
        read(one.encode())


@pytest.mark.case("I02")
def test_more_tracks_than_anybody_records_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpx, "MAX_TRACKS", 2)
    assert len(read(f"{GPX_HEAD}{TRACK * 2}</gpx>".encode())) == 2
    with pytest.raises(FileTooLarge):
        read(f"{GPX_HEAD}{TRACK * 3}</gpx>".encode())


def test_two_tracks_are_two_activities() -> None:
    one, other = gpx_file(RUN).decode(), gpx_file(RUN.shifted(7200)).decode()
    both = one.removesuffix("</gpx>") + other.removeprefix(GPX_HEAD)
    assert [each.source_id for each in read(both.encode())] == ["digest", "digest#1"]


@pytest.mark.case("I02")
@pytest.mark.trap(33)
@pytest.mark.parametrize(
    "content", [BOMB, EXTERNAL, DOCUMENT_TYPE], ids=["entity expansion", "external entity", "document type"]
)
def test_a_document_with_entities_or_a_document_type_is_refused(content: bytes) -> None:
    with pytest.raises(MarkupRefused):
        read(content)
