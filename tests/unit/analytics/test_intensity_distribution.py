"""Check values of Treff's index computed from its formula."""

import pytest

from apis.activities.analytics.intensity_distribution import (
    polarisation_index,
    three_zones_of_max,
    three_zones_of_threshold,
)


@pytest.mark.parametrize(
    ("shares", "index"),
    [
        pytest.param((0.80, 0.05, 0.15), 2.380, id="polarised"),
        pytest.param((0.80, 0.10, 0.10), 1.903, id="as-much-between-as-hard"),
        pytest.param((0.85, 0.0, 0.15), 3.1055, id="no-time-between-counts-as-a-hundredth"),
        pytest.param((0.90, 0.10, 0.0), 0.0, id="nothing-hard"),
        pytest.param((0.60, 0.30, 0.10), None, id="pyramidal-has-none"),
        pytest.param((0.40, 0.10, 0.50), None, id="mostly-hard-has-none"),
    ],
)
def test_polarisation_index(shares: tuple[float, float, float], index: float | None) -> None:
    found = polarisation_index(shares)
    assert found == (None if index is None else pytest.approx(index, abs=5e-4))


def test_the_thresholds_bound_the_three_zones() -> None:
    assert three_zones_of_threshold(170) == pytest.approx((0, 153, 170))
    assert three_zones_of_max(200) == pytest.approx((0, 164, 176))
