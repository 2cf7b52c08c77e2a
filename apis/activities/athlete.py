"""The athlete: what they told us, what their watch believed, and which of it an analysis may use.

A value comes with its origin: `measured` (the athlete says it comes from a test), `profile` (the athlete says so),
`device` (the setting of a watch), or `estimated` (a formula of age, give or take 10 bpm). Unknown stays unknown.
"""

from itertools import pairwise
from typing import Literal

from pydantic import Field

from apis.activities.models import Record

Origin = Literal["measured", "profile", "device", "estimated"]
Sex = Literal["F", "M"]


class AthleteProfile(Record):
    """What the athlete told us about themselves; lengths in metres, `ftp_w` in watts, heart rates in bpm."""

    name: str | None = Field(default=None, min_length=1, max_length=100)
    timezone: str | None = Field(default=None, max_length=64)
    measurement_preference: Literal["meters", "feet"] = "meters"
    birth_year: int | None = Field(default=None, ge=1900, le=2100)
    sex: Sex | None = None
    weight_kg: float | None = Field(default=None, ge=20, le=400)
    height_m: float | None = Field(default=None, ge=0.8, le=2.6)
    ftp_w: int | None = Field(default=None, ge=30, le=700)
    max_heartrate_bpm: int | None = Field(default=None, ge=100, le=240)
    resting_heartrate_bpm: int | None = Field(default=None, ge=25, le=120)
    lthr_bpm: int | None = Field(default=None, ge=80, le=230)
    measured: tuple[Literal["ftp_w", "max_heartrate_bpm", "resting_heartrate_bpm", "lthr_bpm"], ...] = ()
    heart_rate_zones_bpm: tuple[int, ...] | None = Field(default=None, min_length=2, max_length=9)
    limits_heart_rate: bool = Field(default=False, description="takes a drug that limits the heart rate")

    def changed_by(self, changes: "AthleteProfile") -> "AthleteProfile":
        """This profile with the fields that were sent."""
        return AthleteProfile.model_validate({**self.model_dump(), **changes.model_dump(exclude_unset=True)})

    def contradiction(self) -> str | None:
        """What in it cannot be true together; None if nothing contradicts."""
        resting, threshold, highest = self.resting_heartrate_bpm, self.lthr_bpm, self.max_heartrate_bpm
        stated = [bpm for bpm in (resting, threshold, highest) if bpm is not None]
        if any(lower >= higher for lower, higher in pairwise(stated)):
            return "resting, threshold and maximal heart rate must rise in this order"
        zones = self.heart_rate_zones_bpm or ()
        if any(lower >= higher for lower, higher in pairwise(zones)):
            return "the lower bounds of heart rate zones must rise"
        return None
