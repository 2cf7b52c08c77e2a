"""The track of an activity as one short text: its shape, not its samples.

Thinned by Douglas and Peucker's rule, the point that lies farthest from the line being kept first, until 200 points are
kept or no point is more than 5 m away. Even thinning would cut corners. Encoded by Google's algorithm at precision 5,
which is 1 m. It is the athlete's own view: privacy zones are not applied here.

Source: Douglas & Peucker 1973, Cartographica 10:112; Google, Encoded Polyline Algorithm Format.
"""

import heapq
from collections.abc import Iterator
from typing import Final

import numpy as np
import polyline
from numpy.typing import NDArray

from apis.activities.analytics.geodesy import EARTH_RADIUS_M
from apis.activities.analytics.time_weighting import FloatArray

MOST_POINTS: Final = 200
TOLERANCE_M: Final = 5.0
_MOST_EXAMINED: Final = 2000  # longer tracks are first thinned evenly to this many, 20 m apart in a marathon


def summary_polyline(lat: FloatArray, lon: FloatArray) -> str | None:
    """The encoded outline of a track; None where fewer than two samples have a position.

    Args:
        lat: Shape (n,), degrees, NaN where missing.
        lon: Shape (n,), degrees, NaN where missing.
    """
    known = np.flatnonzero(np.isfinite(lat) & np.isfinite(lon))
    if known.size < 2:  # noqa: PLR2004  a line has two ends
        return None
    if known.size > _MOST_EXAMINED:
        known = known[np.linspace(0, known.size - 1, _MOST_EXAMINED).round().astype(np.intp)]
    kept = known[outline(lat[known], lon[known])]
    return polyline.encode(list(zip(lat[kept].tolist(), lon[kept].tolist(), strict=True)))


def outline(
    lat: FloatArray, lon: FloatArray, *, most: int = MOST_POINTS, tolerance_m: float = TOLERANCE_M
) -> NDArray[np.intp]:
    """Indices of the points that keep the shape of a track, ascending, the first and the last among them.

    Args:
        lat: Shape (n,), degrees, n at least 2, no NaN.
        lon: As `lat`.
        most: How many points may be kept.
        tolerance_m: Points that lie closer to the line are not kept.
    """
    x, y = _plane_m(lat, lon)
    kept = [0, lat.size - 1]
    waiting = list(_farthest(x, y, 0, lat.size - 1))
    while waiting and len(kept) < most:
        away, first, middle, last = heapq.heappop(waiting)
        if -away <= tolerance_m:
            break
        kept.append(middle)
        for found in (*_farthest(x, y, first, middle), *_farthest(x, y, middle, last)):
            heapq.heappush(waiting, found)
    return np.sort(np.array(kept, dtype=np.intp))


def _plane_m(lat: FloatArray, lon: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Metres east and north on a plane that touches the earth at the mean latitude; good enough for a shape."""
    radians = np.radians(np.unwrap(lon, period=360.0))
    return EARTH_RADIUS_M * np.cos(np.radians(lat.mean())) * radians, EARTH_RADIUS_M * np.radians(lat)


def _farthest(x: FloatArray, y: FloatArray, first: int, last: int) -> Iterator[tuple[float, int, int, int]]:
    """The point between two others that lies farthest from the line between them, as (-metres, first, it, last)."""
    if last - first < 2:  # noqa: PLR2004  nothing between
        return
    east, north = x[first + 1 : last] - x[first], y[first + 1 : last] - y[first]
    to_east, to_north = x[last] - x[first], y[last] - y[first]
    squared = to_east**2 + to_north**2
    along = np.clip((east * to_east + north * to_north) / squared, 0.0, 1.0) if squared > 0 else 0.0
    away = np.hypot(east - along * to_east, north - along * to_north)
    found = int(away.argmax())
    yield -float(away[found]), first, first + 1 + found, last
