"""Lengths and speeds as an athlete likes them: kilometres or miles. Temperatures stay in °C."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from agent.models.offline.calls import ToolOutcome


@dataclass(frozen=True)
class Units:
    """How lengths are written. What is missing has no number: the functions return None for None.

    Attributes:
        long: Unit of distances.
        long_m: Its length in metres.
        short: Unit of heights.
        short_m: Its length in metres.
        speed: Unit of speeds: `long` in an hour.
    """

    long: str
    long_m: float
    short: str
    short_m: float
    speed_unit: str

    def long_of(self, metres: float) -> float:
        """A distance as a number with the one decimal that is shown."""
        return round(metres / self.long_m, 1)

    def short_of(self, metres: float) -> float:
        """A height as the whole number that is shown."""
        return round(metres / self.short_m)

    def pace_of(self, seconds_per_km: float) -> float:
        """Whole seconds for a kilometre or a mile."""
        return round(seconds_per_km * self.long_m / 1000)

    def speed_of(self, metres_per_second: float) -> float:
        """A speed as a number with the one decimal that is shown."""
        return round(metres_per_second * 3600 / self.long_m, 1)

    def distance(self, metres: float | None) -> str | None:
        """One decimal."""
        return None if metres is None else f"{metres / self.long_m:.1f} {self.long}"

    def limit(self, metres: float) -> str:
        """A distance that somebody named: as many digits as it has."""
        return f"{metres / self.long_m:.4g} {self.long}"

    def height(self, metres: float | None) -> str | None:
        return None if metres is None else f"{metres / self.short_m:.0f} {self.short}"

    def climb(self, metres: float | None) -> str | None:
        return None if metres is None else f"{self.height(metres)} of climbing"

    def pace(self, seconds_per_km: float | None) -> str | None:
        """Minutes and seconds, m:ss."""
        return None if seconds_per_km is None else self.pace_written(self.pace_of(seconds_per_km))

    def pace_written(self, seconds: float) -> str:
        """Seconds for a kilometre or mile, with the unit."""
        return f"{int(seconds) // 60}:{int(seconds) % 60:02d} min/{self.long}"

    def speed(self, metres_per_second: float | None) -> str | None:
        return None if metres_per_second is None else f"{self.speed_of(metres_per_second):.1f} {self.speed_unit}"


METRIC: Final = Units("km", 1000.0, "m", 1.0, "km/h")
IMPERIAL: Final = Units("mi", 1609.344, "ft", 0.3048, "mph")


def units_of(outcomes: Sequence[ToolOutcome]) -> Units:
    """The units of the athlete whose results these are; metric where none of them says."""
    named = (_preference(outcome.data) for outcome in outcomes if outcome.data is not None)
    return IMPERIAL if "feet" in named else METRIC


def _preference(data: Mapping[str, Any]) -> str:
    return str(data.get("measurement_preference", ""))
