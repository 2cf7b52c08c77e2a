"""Laps, splits and best efforts of one activity, thinned to what an answer can hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from identity.untrusted_text import plain
from mcp_servers.activities.quantities import Json, quantities, rounded
from mcp_servers.activities.readable import Units
from mcp_servers.activities.vocabulary import RUNNING
from mcp_servers.serving.budget import ResponseFormat, thinned

MOST_OF_A_SERIES: Final = 200
NAME_LENGTH: Final = 24
_STRETCH: Final = ("distance", "moving_time", "average_heartrate")
_LAP_MORE: Final = (
    "elapsed_time", "average_speed", "max_heartrate", "total_elevation_gain", "average_cadence", "average_watts",
)  # fmt: skip
_SPLIT_MORE: Final = ("elapsed_time", "average_speed", "elevation_difference", "average_grade_adjusted_speed")
_EXTREMES: Final = ("average_speed", "average_heartrate")


def recorded_series(activity: Json, units: Units) -> dict[str, Sequence[Json]]:
    """The series that there are of an activity; splits in the athlete's own length."""
    splits = "splits_standard" if units.long == "mi" else "splits_metric"
    return {
        "laps": [_with_speed(lap) for lap in activity.get("laps") or []],
        "splits": [_with_speed(split) for split in activity.get(splits) or []],
        "best_efforts": activity.get("best_efforts") or [],
    }


@dataclass(frozen=True)
class Telling:
    """How the series of one activity are told.

    Attributes:
        sport_type: Runs have a pace, everything else a speed.
        units: Of the athlete.
        response_format: Concise rows leave out what follows from the others.
    """

    sport_type: str | None
    units: Units
    response_format: ResponseFormat

    def series(self, wanted: Mapping[str, Sequence[Json]], most: int) -> Json:
        """At most so many rows of each, and a note where some are left out."""
        shown = {name: thinned(rows, most, keep=_EXTREMES) for name, rows in wanted.items()}
        told: Json = {name: [self._row(name, row) for row in rows] for name, rows in shown.items()}
        cut = [f"{name} {len(rows)} of {len(wanted[name])}" for name, rows in shown.items() if rows != wanted[name]]
        if cut:
            kept = "Thinned evenly; first, last, fastest, slowest and extreme heart rates are kept"
            told["note"] = " ".join([f"{kept}: {', '.join(cut)}.", *self._next_steps(shown)])
        return told

    def _next_steps(self, shown: Mapping[str, Sequence[Json]]) -> list[str]:
        steps = ["Ask for one part alone to see more of it."] if len(shown) > 1 else []
        if self.response_format == "concise":
            steps.append("response_format detailed shows more rows.")
        if "splits" not in shown:
            steps.append("splits cover the whole distance evenly.")
        return steps

    def _row(self, series: str, row: Json) -> Json:
        if series == "best_efforts":
            return self._effort(row)
        detailed = self.response_format == "detailed"
        at = "lap_index" if series == "laps" else "split"
        name = {"name": plain(row["name"], NAME_LENGTH)} if detailed and row.get("name") else {}
        more = quantities(row, _LAP_MORE if series == "laps" else _SPLIT_MORE) if detailed else {}
        readable = "pace" if self.sport_type in RUNNING else "speed"
        rate = self.units.rate(row.get("average_speed"), self.sport_type)
        return {at: row.get(at), **name, **quantities(row, _STRETCH), **more, readable: rate}

    def _effort(self, effort: Json) -> Json:
        return {
            "name": plain(str(effort.get("name") or ""), NAME_LENGTH),
            **quantities(effort, ("distance", "elapsed_time")),
            "pace": self.units.pace(_speed(effort.get("distance"), effort.get("elapsed_time"))),
        }


def _with_speed(stretch: Json) -> Json:
    """A lap or split; where its device gave no speed, distance and time do."""
    if stretch.get("average_speed") is not None:
        return stretch
    return {**stretch, "average_speed": _speed(stretch.get("distance"), stretch.get("moving_time"))}


def _speed(distance_m: float | None, time_s: float | None) -> float | None:
    speed: float | None = rounded(distance_m / time_s, "_mps") if distance_m and time_s else None
    return speed
