"""Lengths on the earth: along the WGS84 ellipsoid, and along the great circle, which is off by up to 0.5 %."""

from dataclasses import dataclass

import numpy as np

from apis.activities.analytics.time_weighting import FloatArray

EARTH_RADIUS_M = 6_371_008.8  # mean radius, IUGG
_A_M = 6_378_137.0  # WGS84 equatorial radius
_F = 1 / 298.257223563  # WGS84 flattening
_B_M = _A_M * (1 - _F)
_CONVERGED_RAD = 1e-12  # 6 micrometres
_MOST_ROUNDS = 50


def haversine_m(lat: FloatArray, lon: FloatArray) -> FloatArray:
    """Great-circle length of each step between positions in degrees: shape (n,) gives (n - 1,), metres.

    Source: the haversine formula on a sphere of the mean radius.
    """
    phi, lam = np.radians(lat), np.radians(lon)
    chord = np.sin(np.diff(phi) / 2) ** 2 + np.cos(phi[:-1]) * np.cos(phi[1:]) * np.sin(np.diff(lam) / 2) ** 2
    length: FloatArray = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.clip(chord, 0.0, 1.0)))
    return length


def geodesic_m(lat: FloatArray, lon: FloatArray) -> FloatArray:
    """Length of each step along the WGS84 ellipsoid: shape (n,) gives (n - 1,), metres; NaN where a position is.

    To 0.1 mm. Between nearly opposite points of the earth, where the series does not converge, the great circle
    stands in; no step of a track is like that.

    Args:
        lat: Shape (n,), degrees.
        lon: Shape (n,), degrees; a step across the 180th meridian is short.

    Source: Vincenty 1975, Survey Review 23:88, the inverse solution. Oracle of the tests: Karney 2013, J Geodesy 87:43.
    """
    reduced = np.arctan((1 - _F) * np.tan(np.radians(lat)))
    eastward = np.radians((np.diff(lon) + 180.0) % 360.0 - 180.0)
    arc = _arc(reduced, eastward)
    longitude, unsettled = eastward, np.ones(eastward.shape, dtype=np.bool_)
    for _ in range(_MOST_ROUNDS):
        following = eastward + _excess_rad(arc)
        unsettled = np.abs(following - longitude) > _CONVERGED_RAD
        longitude = following
        arc = _arc(reduced, longitude)
        if not unsettled.any():
            break
    opposite = unsettled | (np.abs(longitude) > np.pi)
    return np.where(opposite, haversine_m(lat, lon), _length_m(arc))


@dataclass(frozen=True, slots=True, eq=False)
class _Arc:
    """Arcs on the auxiliary sphere, each array of shape (n - 1,).

    Attributes:
        size: Radians, with its `sine` and `cosine`.
        azimuth_sine: Of the azimuth where the arc, prolonged, crosses the equator.
        flat: Square of that azimuth's cosine.
        middle_cosine: Of twice the arc from the equator to the middle of the step.
    """

    size: FloatArray
    sine: FloatArray
    cosine: FloatArray
    azimuth_sine: FloatArray
    flat: FloatArray
    middle_cosine: FloatArray


def _arc(reduced: FloatArray, longitude: FloatArray) -> _Arc:
    sin1, cos1, sin2, cos2 = np.sin(reduced[:-1]), np.cos(reduced[:-1]), np.sin(reduced[1:]), np.cos(reduced[1:])
    across = cos2 * np.sin(longitude)
    along = cos1 * sin2 - sin1 * cos2 * np.cos(longitude)
    sine, cosine = np.hypot(across, along), sin1 * sin2 + cos1 * cos2 * np.cos(longitude)
    azimuth_sine = _divided(cos1 * across, sine)
    flat = 1 - azimuth_sine**2
    return _Arc(np.arctan2(sine, cosine), sine, cosine, azimuth_sine, flat, cosine - _divided(2 * sin1 * sin2, flat))


def _excess_rad(arc: _Arc) -> FloatArray:
    """Longitude on the sphere beyond that on the ellipsoid."""
    c = _F / 16 * arc.flat * (4 + _F * (4 - 3 * arc.flat))
    bent = arc.size + c * arc.sine * (arc.middle_cosine + c * arc.cosine * (2 * arc.middle_cosine**2 - 1))
    excess: FloatArray = (1 - c) * _F * arc.azimuth_sine * bent
    return excess


def _length_m(arc: _Arc) -> FloatArray:
    u2 = arc.flat * (_A_M**2 - _B_M**2) / _B_M**2
    a = 1 + u2 / 16384 * (4096 + u2 * (-768 + u2 * (320 - 175 * u2)))
    b = u2 / 1024 * (256 + u2 * (-128 + u2 * (74 - 47 * u2)))
    middle = arc.middle_cosine
    last = b / 6 * middle * (4 * arc.sine**2 - 3) * (4 * middle**2 - 3)
    shorter = b * arc.sine * (middle + b / 4 * (arc.cosine * (2 * middle**2 - 1) - last))
    length: FloatArray = _B_M * a * (arc.size - shorter)
    return length


def _divided(dividend: FloatArray, divisor: FloatArray) -> FloatArray:
    """0 where the divisor is 0: a step of no length, or an arc along the equator."""
    quotient: FloatArray = np.divide(dividend, divisor, out=np.zeros_like(dividend), where=divisor != 0)
    return quotient
