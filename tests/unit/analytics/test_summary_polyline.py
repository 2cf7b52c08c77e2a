"""Check value: the string of Google's description of the algorithm."""

from itertools import pairwise

import numpy as np
import polyline
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apis.activities.analytics.summary_polyline import MOST_POINTS, TOLERANCE_M, outline, summary_polyline

GOOGLES = "_p~iF~ps|U_ulLnnqC_mqNvxq`@"
POINTS = [(38.5, -120.2), (40.7, -120.95), (43.252, -126.453)]
NAN = float("nan")


def test_googles_string_means_googles_points() -> None:
    assert polyline.decode(GOOGLES) == POINTS
    lat, lon = np.array(POINTS).T
    assert summary_polyline(lat, lon) == GOOGLES


def test_samples_without_a_position_are_skipped() -> None:
    lat = np.array([NAN, 38.5, NAN, 40.7, 43.252, 50.0])
    lon = np.array([1.0, -120.2, NAN, -120.95, -126.453, NAN])
    assert summary_polyline(lat, lon) == GOOGLES


@pytest.mark.parametrize("known", [0, 1])
def test_fewer_than_two_positions_make_no_line(known: int) -> None:
    lat = np.where(np.arange(5) < known, 48.0, NAN)
    assert summary_polyline(lat, lat) is None


def test_a_straight_line_is_two_points_and_a_corner_is_kept() -> None:
    lat = np.concatenate([np.linspace(48, 48.01, 500), np.full(500, 48.01)])
    lon = np.concatenate([np.full(500, 9.0), np.linspace(9, 9.02, 500)])
    assert outline(lat[:500], lon[:500]).tolist() == [0, 499]
    assert outline(lat, lon).tolist() == [0, 499, 999]


@pytest.mark.parametrize(("aside_m", "kept"), [(4.5, [0, 100]), (5.5, [0, 49, 50, 51, 100])])
def test_a_point_five_metres_aside_is_kept(aside_m: float, kept: list[int]) -> None:
    lat = np.full(101, 48.0)
    lat[50] += np.degrees(aside_m / 6_371_008.8)
    assert outline(lat, np.linspace(9, 9.01, 101)).tolist() == kept


def test_a_loop_that_ends_where_it_began_keeps_its_far_side() -> None:
    turn = np.linspace(0, 2 * np.pi, 400)
    kept = outline(48 + 0.01 * np.cos(turn), 9 + 0.015 * np.sin(turn))
    assert 8 <= kept.size <= 60
    assert np.ptp(np.cos(turn[kept])) == pytest.approx(2, abs=0.01)


def test_a_track_across_the_180th_meridian_is_not_drawn_around_the_earth() -> None:
    lon = np.concatenate([np.linspace(179.99, 180, 50), np.linspace(-180, -179.99, 50)])
    assert outline(np.full(100, -17.0), lon).tolist() == [0, 99]


def test_a_long_winding_track_has_at_most_200_points() -> None:
    chance = np.random.default_rng(1)
    heading = np.cumsum(chance.normal(0, 0.2, 30_000))
    lat, lon = 48 + np.cumsum(np.cos(heading)) * 3e-5, 9 + np.cumsum(np.sin(heading)) * 4e-5
    line = summary_polyline(lat, lon)
    assert line is not None
    points = polyline.decode(line)
    assert len(points) == MOST_POINTS
    assert points[0] == pytest.approx((lat[0], lon[0]), abs=1e-5)
    assert points[-1] == pytest.approx((lat[-1], lon[-1]), abs=1e-5)


@given(st.lists(st.tuples(st.floats(-0.01, 0.01), st.floats(-0.01, 0.01)), min_size=2, max_size=150))
@settings(deadline=None, max_examples=100)
def test_no_point_lies_farther_from_the_line_than_the_tolerance(offsets: list[tuple[float, float]]) -> None:
    lat, lon = np.array(offsets).T + np.array([[48.0], [9.0]])
    kept = outline(lat, lon)
    x, y = 6_371_008.8 * np.radians(lon) * np.cos(np.radians(lat.mean())), 6_371_008.8 * np.radians(lat)
    place = x + 1j * y
    for first, last in pairwise(kept.tolist()):
        chord = place[last] - place[first]
        for between in range(first + 1, last):
            leg = place[between] - place[first]
            along = min(max((leg * chord.conjugate()).real / abs(chord) ** 2, 0), 1) if chord else 0
            assert abs(leg - along * chord) <= TOLERANCE_M + 1e-6
