"""Check values of analytics.md; oracle: geographiclib, Karney's own implementation."""

import numpy as np
import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import given, settings
from hypothesis import strategies as st

from apis.activities.analytics.geodesy import geodesic_m, haversine_m

NAN = float("nan")


def karney_m(lat: list[float], lon: list[float]) -> float:
    return float(Geodesic.WGS84.Inverse(lat[0], lon[0], lat[1], lon[1])["s12"])


def test_new_york_to_london_along_the_ellipsoid() -> None:
    lengths = geodesic_m(np.array([40.6, 51.6]), np.array([-73.8, -0.5]))
    assert lengths.tolist() == [pytest.approx(5_551_759.400, abs=0.001)]


def test_one_degree_of_latitude_on_the_sphere() -> None:
    assert haversine_m(np.array([0.0, 1.0]), np.zeros(2)).tolist() == [pytest.approx(111_195.08, abs=0.005)]


latitudes, longitudes = st.floats(-90, 90), st.floats(-180, 180)


@given(latitudes, longitudes, st.floats(-1, 1), st.floats(-1, 1), st.sampled_from([1e-5, 1e-3, 1.0, 60.0]))
@settings(deadline=None, max_examples=300)
def test_a_step_is_as_long_as_karney_says(
    latitude: float, longitude: float, north: float, east: float, reach_deg: float
) -> None:
    lat = [latitude, float(np.clip(latitude + north * reach_deg, -90, 90))]
    lon = [longitude, longitude + east * reach_deg]
    found = geodesic_m(np.array(lat), np.array(lon))[0]
    assert found == pytest.approx(karney_m(lat, lon), rel=1e-9, abs=1e-4)


@pytest.mark.parametrize(
    ("lat", "lon"),
    [
        pytest.param([48.0, 48.0], [9.0, 9.0], id="standing"),
        pytest.param([0.0, 0.0], [9.0, 10.0], id="along-the-equator"),
        pytest.param([0.0, 0.0], [179.9, -179.9], id="across-the-180th-meridian"),
        pytest.param([90.0, 89.0], [0.0, 120.0], id="from-the-pole"),
    ],
)
def test_special_steps_are_as_long_as_karney_says(lat: list[float], lon: list[float]) -> None:
    assert geodesic_m(np.array(lat), np.array(lon))[0] == pytest.approx(karney_m(lat, lon), abs=1e-4)


def test_opposite_points_fall_back_to_the_great_circle() -> None:
    lat, lon = [0.0, 0.3], [0.0, 179.8]
    found = geodesic_m(np.array(lat), np.array(lon))
    assert found[0] == haversine_m(np.array(lat), np.array(lon))[0]
    assert found[0] == pytest.approx(karney_m(lat, lon), rel=0.005)


def test_a_missing_position_has_no_step_to_or_from_it() -> None:
    lengths = geodesic_m(np.array([0.0, NAN, 0.0, 0.0]), np.array([0.0, 0.0, 0.0, 1.0]))
    assert np.isnan(lengths).tolist() == [True, True, False]


def test_a_track_of_one_or_no_position_has_no_step() -> None:
    assert geodesic_m(np.zeros(1), np.zeros(1)).size == geodesic_m(np.zeros(0), np.zeros(0)).size == 0
