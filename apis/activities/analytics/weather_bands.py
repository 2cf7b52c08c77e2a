"""Weather bands: what "cold", "humid" or "wet" mean here. Own choice, configurable, echoed in every answer.

Temperature bands are half-open and use the apparent temperature, else the dry bulb. Missing is not zero: without a
precipitation figure or a word for the condition an activity is neither wet nor dry. Indoor has no weather.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import pairwise

from apis.activities.analytics.errors import BandUnknown
from apis.activities.models import Weather, WeatherCondition

TEMPERATURE_BANDS = ("cold", "cool", "mild", "warm", "hot")
BAND_NAMES = (*TEMPERATURE_BANDS, "humid", "wet", "dry", "windy")
WET_CONDITIONS: tuple[WeatherCondition, ...] = ("drizzle", "rain", "sleet", "snow", "hail", "thunderstorm")

_MEANT = {
    "rain": ("wet",), "rainy": ("wet",), "raining": ("wet",), "snow": ("wet",), "snowy": ("wet",),
    "damp": ("wet", "humid"), "muggy": ("warm", "hot", "humid"), "heat": ("hot",), "freezing": ("cold",),
    "wind": ("windy",), "stormy": ("wet", "windy"), "sunny": ("dry",), "fine": ("dry",), "nice": ("mild", "dry"),
    "good": ("mild", "dry"), "bad": ("wet", "windy", "cold"), "humidity": ("humid",),
}  # fmt: skip


@dataclass(frozen=True)
class WeatherBands:
    """The thresholds; every band is closed below and open above.

    A report says in words what it rained without measuring it (`wet_conditions`). `wet_codes` is empty by default: the
    only codes we receive are those of Strava's export, whose table is not published, so that they prove nothing until
    somebody can say which of them mean rain.
    """

    temperature_edges_c: tuple[float, float, float, float] = (5.0, 15.0, 20.0, 25.0)
    humid_dew_point_c: float = 16.0
    wet_precipitation_mm_per_h: float = 0.1
    wet_conditions: tuple[WeatherCondition, ...] = WET_CONDITIONS
    wet_codes: frozenset[int] = frozenset()
    windy_mps: float = 6.0

    def bands_of(self, weather: Weather | None) -> tuple[str, ...]:
        """Every band that holds, in the order of `BAND_NAMES`; none without weather."""
        if weather is None:
            return ()
        holding = {
            self._temperature_band(weather),
            "humid" if _at_least(weather.dew_point_c, self.humid_dew_point_c) else None,
            self._wet_or_dry(weather),
            "windy" if _at_least(weather.wind_speed_mps, self.windy_mps) else None,
        }
        return tuple(name for name in BAND_NAMES if name in holding)

    def matches(self, weather: Weather | None, names: Collection[str]) -> bool:
        """Whether all the named bands hold; no names match anything, even no weather."""
        return set(names) <= set(self.bands_of(weather))

    def echo(self) -> dict[str, str]:
        """Each band with its definition, as every answer repeats it."""
        edges = self.temperature_edges_c
        between = [f"{low:g} <= apparent temperature < {high:g} °C" for low, high in pairwise(edges)]
        temperatures = [f"apparent temperature < {edges[0]:g} °C", *between]
        temperatures.append(f"apparent temperature >= {edges[-1]:g} °C")
        wet = f"precipitation >= {self.wet_precipitation_mm_per_h:g} mm/h, or reported {', '.join(self.wet_conditions)}"
        if self.wet_codes:
            wet += f", or weather code {', '.join(map(str, sorted(self.wet_codes)))}"
        return {
            **dict(zip(TEMPERATURE_BANDS, temperatures, strict=True)),
            "humid": f"dew point >= {self.humid_dew_point_c:g} °C",
            "wet": wet,
            "dry": "has a precipitation figure or a reported condition and is not wet",
            "windy": f"mean wind >= {self.windy_mps:g} m/s",
            "note": "dry-bulb temperature where no apparent temperature is known",
        }

    def _temperature_band(self, weather: Weather) -> str | None:
        felt = weather.apparent_temperature_c
        temperature = weather.temperature_c if felt is None else felt
        if temperature is None:
            return None
        return TEMPERATURE_BANDS[sum(temperature >= edge for edge in self.temperature_edges_c)]

    def _wet_or_dry(self, weather: Weather) -> str | None:
        rained = _at_least(weather.precipitation_mm_per_h, self.wet_precipitation_mm_per_h)
        if rained or weather.condition in self.wet_conditions or weather.condition_code in self.wet_codes:
            return "wet"
        known = weather.precipitation_mm_per_h is not None or weather.condition is not None
        return "dry" if known else None


def parse_band_names(names: Sequence[str]) -> tuple[str, ...]:
    """The bands that were asked for, each once.

    Raises:
        BandUnknown: A name is no band or fits several ("bad weather"); the text lists the bands to choose from.
    """
    wanted = dict.fromkeys(name.strip().lower() for name in names)
    for name in wanted:
        if name not in BAND_NAMES:
            raise BandUnknown(_explain(name))
    return tuple(wanted)


def _explain(name: str) -> str:
    word = name.removesuffix(" weather").strip()
    meant = _MEANT.get(word) or tuple(get_close_matches(word, BAND_NAMES, n=2))
    hint = f"did you mean {' or '.join(meant)}? " if meant else ""
    return f"there is no such weather band; {hint}choose from: {', '.join(BAND_NAMES)}"


def _at_least(value: float | None, limit: float) -> bool:
    return value is not None and value >= limit
