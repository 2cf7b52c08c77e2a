"""One activity of Garmin's `*_summarizedActivities.json`, whose fields may be missing, null or of any type."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from apis.activities.formats.clock import LONGEST_S
from apis.activities.formats.export_values import whole_number
from apis.activities.formats.markup import instant
from apis.activities.formats.samples import PLAUSIBLE

_S_PER_MS: Final = 0.001
_EARLIEST_S, _LATEST_S = datetime(2000, 1, 1, tzinfo=UTC).timestamp(), float(2**32)
_ABSURD: Final = 1e15
_EXACT_AS_FLOAT: Final = 2**53


@dataclass(frozen=True, slots=True)
class GarminRow:
    """Typed access to the fields, by Garmin's names."""

    fields: Mapping[str, Any]

    @property
    def identifier(self) -> str | None:
        """`activityId` as digits, exact beyond what a float holds."""
        value = self.fields.get("activityId")
        if isinstance(value, float) and abs(value) > _EXACT_AS_FLOAT:
            return None
        return None if isinstance(value, bool) else whole_number(str(value))

    @property
    def activity_type(self) -> str | None:
        """`running`, `road_biking`, …: a word, in some exports inside an object."""
        value = self.fields.get("activityType")
        key = value.get("typeKey") if isinstance(value, dict) else value
        return key if isinstance(key, str) else None

    def number(self, name: str) -> float | None:
        value = self.fields.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        return float(value) if abs(value) < _ABSURD else None

    def channel(self, name: str, channel: str, scale: float = 1.0, *, zero: bool = False) -> float | None:
        """A number in the units of a channel that it can have; 0 means missing unless `zero` says that it is one."""
        value, (lowest, highest) = self.number(name), PLAUSIBLE[channel]
        if value is None or not (value or zero):
            return None
        return value * scale if lowest <= value * scale <= highest else None

    def seconds(self, name: str) -> float | None:
        """A duration above 0, from milliseconds."""
        value = self.number(name)
        return value * _S_PER_MS if value is not None and 0 < value * _S_PER_MS <= LONGEST_S else None

    def epoch_s(self, name: str) -> float | None:
        """Unix seconds, from milliseconds or from text in UTC; a time before 2000 was in another unit."""
        text = instant(self.text(name))
        value = self.number(name)
        seconds = text.timestamp() if text else None if value is None else value * _S_PER_MS
        return seconds if seconds is not None and _EARLIEST_S <= seconds < _LATEST_S else None

    def text(self, name: str) -> str | None:
        value = self.fields.get(name)
        return value.strip() or None if isinstance(value, str) else None

    def flag(self, name: str) -> bool:
        return self.fields.get(name) is True
