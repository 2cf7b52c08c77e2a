"""Where and when an activity's weather is wanted: the middle of a square of 0.1° and a minute, nothing finer.

A track stays inside: whatever is kept for a weather service, or told to one, is made of this (safety rule 7).
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

import numpy as np
from pydantic import AwareDatetime

from apis.activities.models import LatLng, Record, Weather
from apis.activities.recordings import Streams

DECIMALS: Final = 1  # 0.1° are 11 km from south to north
NEAR: Final = timedelta(hours=1)


class Wanted(Record):
    """A square, by its middle in degrees, and the minute at which the activity was half over."""

    lat: float
    lon: float
    at: AwareDatetime

    def near(self, other: "Wanted") -> bool:
        """Whether the weather of the other one is still better than none: the same square, at most an hour away."""
        return (self.lat, self.lon) == (other.lat, other.lon) and abs(self.at - other.at) <= NEAR


class LookedUp(Record):
    """What a service said about a place and time.

    Attributes:
        wanted: What it was asked for.
        weather: Its answer; None if it has none and will have none.
        final: Whether asking again could change nothing. The last days are told by forecasts until the reanalysis
            has come.
    """

    wanted: Wanted
    weather: Weather | None
    final: bool = True

    def after(self, earlier: "LookedUp | None") -> "LookedUp":
        """This answer; what forecasts have told stays where it says that nothing better will come."""
        known = kept([earlier] if earlier else [], self.wanted)
        return self.model_copy(update={"weather": known.weather}) if self.weather is None and known else self


def coarse(lat: float, lon: float) -> LatLng:
    """The middle of the square that a position lies in."""
    return round(lat, DECIMALS) + 0.0, round(lon, DECIMALS) + 0.0  # + 0.0: there is no square at minus zero


def place_of(streams: Streams | None) -> LatLng | None:
    """The square in which a recording was half over; None without positions."""
    if streams is None or streams.lat is None or streams.lon is None:
        return None
    known = np.flatnonzero(np.isfinite(streams.lat) & np.isfinite(streams.lon))
    if not known.size:
        return None
    half_s = float(streams.time_s[-1]) / 2
    at = known[np.argmin(np.abs(streams.time_s[known] - half_s))]
    return coarse(float(streams.lat[at]), float(streams.lon[at]))


def kept(found: Iterable[LookedUp], wanted: Wanted | None) -> LookedUp | None:
    """Of what was looked up before, what still serves; the order of `found` does not matter."""
    if wanted is None:
        return None
    near = [each for each in found if each.wanted.near(wanted)]
    return min(near, key=lambda each: (abs(each.wanted.at - wanted.at), not each.final, each.wanted.at), default=None)
