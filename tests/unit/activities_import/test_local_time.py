from datetime import UTC, datetime

import pytest

from apis.activities.local_time import known_zone, local_start, zone_at


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.trap(13)
def test_the_devices_offset_comes_first_and_takes_the_name_of_a_zone_that_agrees() -> None:
    local = local_start(at("2026-07-01T22:30"), device_offset_s=7200, zone="Europe/Berlin", home_timezone="Asia/Tokyo")
    assert (local.at, local.timezone, local.source) == (datetime(2026, 7, 2, 0, 30), "Europe/Berlin", "device_offset")  # noqa: DTZ001 - wall clock
    assert local.weekday == "Thursday"


def test_an_offset_that_no_zone_had_then_gets_a_fixed_zone() -> None:
    local = local_start(at("2026-07-01T12:00"), device_offset_s=3600, zone="Europe/Berlin", home_timezone=None)
    assert (local.timezone, local.utc_offset_s, local.at.hour) == ("Etc/GMT-1", 3600, 13)


def test_coordinates_come_before_the_profile() -> None:
    local = local_start(at("2026-01-01T12:00"), device_offset_s=None, zone="Asia/Tokyo", home_timezone="Europe/Berlin")
    assert (local.timezone, local.utc_offset_s, local.source) == ("Asia/Tokyo", 32_400, "coordinates")


@pytest.mark.trap(13)
def test_indoor_and_export_rows_take_the_profiles_zone() -> None:
    local = local_start(at("2026-01-01T23:30"), device_offset_s=None, zone=None, home_timezone="Europe/Berlin")
    assert (local.at.day, local.at.hour, local.source) == (2, 0, "profile")


def test_nobody_knowing_is_said_and_never_the_servers_zone() -> None:
    local = local_start(at("2026-01-01T12:00"), device_offset_s=None, zone=None, home_timezone=None)
    assert (local.timezone, local.source) == ("UTC", "none")


@pytest.mark.trap(14)
@pytest.mark.parametrize(
    ("instant", "hour", "offset_h"),
    [("2026-03-29T00:59", 1, 1), ("2026-03-29T01:00", 3, 2), ("2026-10-25T00:30", 2, 2), ("2026-10-25T01:30", 2, 1)],
    ids=["before the gap", "after the gap", "first pass of the fold", "second pass of the fold"],
)
def test_both_sides_of_a_clock_change_are_told_apart(instant: str, hour: int, offset_h: int) -> None:
    local = local_start(at(instant), device_offset_s=None, zone="Europe/Berlin", home_timezone=None)
    assert (local.at.hour, local.utc_offset_s) == (hour, offset_h * 3600)


@pytest.mark.trap(15)
def test_a_run_across_midnight_counts_on_the_day_it_began() -> None:
    """It begins at ten to midnight on a Thursday, on the 2nd of July in Berlin and on the 2nd in UTC."""
    local = local_start(at("2026-07-02T21:50"), device_offset_s=None, zone="Europe/Berlin", home_timezone=None)
    assert (local.at, local.weekday) == (datetime(2026, 7, 2, 23, 50), "Thursday")  # noqa: DTZ001 - wall clock


@pytest.mark.trap(15)
def test_a_run_across_midnight_in_utc_only_counts_on_the_local_day() -> None:
    local = local_start(at("2026-07-02T23:50"), device_offset_s=7200, zone=None, home_timezone=None)
    assert (local.at.day, local.weekday) == (3, "Friday")


def test_a_quarter_hour_offset_keeps_its_clock() -> None:
    local = local_start(at("2026-01-01T12:00"), device_offset_s=20_700, zone="Asia/Kathmandu", home_timezone=None)
    assert (local.timezone, local.at.hour, local.at.minute) == ("Asia/Kathmandu", 17, 45)


def test_zones_come_from_an_offline_table_and_the_sea_has_none() -> None:
    assert zone_at(52.5, 13.4) == "Europe/Berlin"
    assert zone_at(0.0, -30.0) is None


@pytest.mark.parametrize("name", ["", "Mars/Base", "../../etc/passwd", "/etc/passwd", "Europe"])
def test_what_is_no_zone_is_refused(name: str) -> None:
    assert not known_zone(name)
