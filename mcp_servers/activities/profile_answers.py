"""The athlete's own settings: what is set, where each value is from, and what a missing one would make possible."""

from itertools import pairwise
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from mcp_servers.activities.quantities import Json, rounded
from mcp_servers.activities.zone_answers import zones_answer
from mcp_servers.serving.errors import InvalidArguments
from mcp_servers.serving.results import OpenOutput, clean

Measurable = Literal["ftp_w", "max_heartrate_bpm", "resting_heartrate_bpm", "lthr_bpm"]
# Values that come from the athlete's word unless they were measured in a test.
_WITH_ORIGIN: Final = (
    "max_heartrate_bpm", "resting_heartrate_bpm", "lthr_bpm", "ftp_w", "weight_kg", "height_m", "sex", "birth_year",
    "heart_rate_zones_bpm",
)  # fmt: skip
_UNSET: Final[Json] = {"measurement_preference": "meters", "measured": [], "limits_heart_rate": False}
ZONE: Final = "timezone must be an IANA zone, such as Europe/Berlin."
RISING_SETTINGS: Final = frozenset({"resting_heartrate_bpm", "lthr_bpm", "max_heartrate_bpm", "heart_rate_zones_bpm"})
RISING: Final = "Heart rates must rise: resting, threshold (lthr), maximum; so must the lower bounds of zones."


class AthleteProfile(OpenOutput):
    """Every setting, null where nobody knows it; `origins` says where a value is from, `missing` what is not known."""

    measurement_preference: str
    origins: dict[str, str]
    missing: list[str]


class ProfileChange(AthleteProfile):
    """The profile after the change, or as it would be."""

    changed: list[str]
    dry_run: bool


class ProfileChanges(BaseModel):
    """Settings to change; null takes one back, and one that is not named stays."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    name: Annotated[str, Field(max_length=100)] | None = None
    timezone: Annotated[str, Field(max_length=64, description="IANA, such as Europe/Berlin")] | None = None
    measurement_preference: Literal["meters", "feet"] | None = None
    birth_year: Annotated[int, Field(ge=1900, le=2100)] | None = None
    sex: Literal["F", "M"] | None = None
    weight_kg: Annotated[float, Field(ge=20, le=400)] | None = None
    height_m: Annotated[float, Field(ge=0.8, le=2.6)] | None = None
    ftp_w: Annotated[int, Field(ge=30, le=700)] | None = None
    max_heartrate_bpm: Annotated[int, Field(ge=100, le=240)] | None = None
    resting_heartrate_bpm: Annotated[int, Field(ge=25, le=120)] | None = None
    lthr_bpm: Annotated[int, Field(ge=80, le=230)] | None = None
    measured: Annotated[list[Measurable], Field(description="Which of them a test has measured")] | None = None
    heart_rate_zones_bpm: Annotated[list[int], Field(min_length=2, max_length=9)] | None = None
    limits_heart_rate: Annotated[bool, Field(description="Takes a drug that limits the heart rate")] | None = None

    @model_validator(mode="before")
    @classmethod
    def _known(cls, given: Any) -> Any:
        if isinstance(given, dict) and not given.keys() <= cls.model_fields.keys():
            raise ValueError(f"not all of these are settings; there are: {', '.join(cls.model_fields)}")
        return given

    def sent(self) -> Json:
        """The changes as the API takes them; what has a default of its own is taken back to that."""
        named = self.model_dump(mode="json", exclude_unset=True)
        return {name: _UNSET.get(name) if value is None else value for name, value in named.items()}


def profile_answer(profile: Json, **more: Any) -> Json:
    """What the athlete told the API, with the origin of each value."""
    told: Json = {**_UNSET, **{name: value for name, value in clean(profile).items() if value is not None}}
    stated = [name for name in _WITH_ORIGIN if told.get(name) is not None]
    origins = {name: "measured" if name in told["measured"] else "profile" for name in stated}
    return _answer(told, origins, more)


def profile_with_zones(profile: Json, zones: Json) -> Json:
    """The same with what a watch believed or age suggests, where the athlete said nothing, and with the zones.

    Args:
        profile: Of `GET /athlete`.
        zones: Of `GET /athlete/zones`.
    """
    settings = clean(zones.get("settings") or {})
    told = {name: value for name, value in profile.items() if value is not None}
    found = {name: settings[name] for name in _WITH_ORIGIN if settings.get(name) and told.get(name) is None}
    answer = profile_answer({**{name: rounded(each["value"]) for name, each in found.items()}, **told})
    answer["origins"] |= {name: each["origin"] for name, each in found.items()}
    return {
        **answer,
        "conflicts": settings.get("conflicts") or [],
        "zones": {sport: zones_answer(zones[sport]) for sport in ("run", "ride") if zones.get(sport)},
    }


def _answer(known: Json, origins: dict[str, str], more: Json) -> Json:
    return {
        **dict.fromkeys(("name", "timezone", *_WITH_ORIGIN)),
        **known,
        "origins": origins,
        "missing": [name for name in ("timezone", *_WITH_ORIGIN) if known.get(name) is None],
        **more,
    }


def check_rising(profile: Json) -> None:
    """Refuses values that cannot be true together; the API refuses them too, but not in a rehearsal.

    Raises:
        InvalidArguments: Saying what must rise.
    """
    rates = (profile.get(name) for name in ("resting_heartrate_bpm", "lthr_bpm", "max_heartrate_bpm"))
    stated = [bpm for bpm in rates if bpm is not None]
    for rising in (stated, profile.get("heart_rate_zones_bpm") or []):
        if any(lower >= higher for lower, higher in pairwise(rising)):
            raise InvalidArguments(f"These values cannot be true together. {RISING}")
