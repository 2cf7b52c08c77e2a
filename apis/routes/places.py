"""The starts of the catalogue and the routes in words, read from ``places.toml``."""

import tomllib
from importlib.resources import files

from pydantic import BaseModel, ConfigDict, Field

from apis.routes.models import Shade, Sport, Surface


class Outline(BaseModel):
    """One route in words; ``waypoints`` in the order they are passed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    sport: Sport
    surface: Surface
    distance_m: float = Field(gt=0)
    climb_m: float = Field(gt=0)
    shade: Shade
    loop: bool
    waypoints: tuple[str, ...]
    description: str


class Place(BaseModel):
    """A start; ``also`` are wider names it answers to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    also: tuple[str, ...]
    latlng: tuple[float, float]
    elevation_m: float
    outlines: tuple[Outline, ...] = Field(alias="route")


def read_places() -> tuple[Place, ...]:
    """Reads the file that ships with the package."""
    document = tomllib.loads(files("apis.routes").joinpath("places.toml").read_text(encoding="utf-8"))
    return tuple(Place.model_validate(place) for place in document["place"])
