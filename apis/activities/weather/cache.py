"""Final answers of a weather service, kept: a square's week is asked once, whoever was there.

WEATHER-CACHE    <square>#<Monday>    the hourly columns

Nothing in it says for whom it was asked, nor on which day of the week that was.
"""

from datetime import timedelta
from typing import Final

from apis.activities.models import Weather
from apis.activities.weather.hours import HourlyWeather
from apis.activities.weather.places import DECIMALS, Wanted
from apis.serving.store import Item, Store

PARTITION: Final = "WEATHER-CACHE"


def remembered(store: Store, wanted: Wanted) -> Weather | None:
    """The weather at that time by an answer that is kept; None if none of them tells it."""
    item = store.get(PARTITION, week_key(wanted))
    return HourlyWeather.model_validate(item.doc).at(wanted.at) if item else None


def remember(store: Store, wanted: Wanted, hours: HourlyWeather) -> None:
    """Keeps an answer if it is final; a later one of the same week holds more of its days and takes its place."""
    if not hours.final:
        return
    key = week_key(wanted)
    current = store.get(PARTITION, key)
    item = Item(PARTITION, key, hours.model_dump(mode="json"))
    # Whoever else has just written the same week has written the same values.
    if current is None:
        store.put_if_absent(item)
    else:
        store.update_if(item, version=current.version)


def week_key(wanted: Wanted) -> str:
    """The square, and the Monday of the week (UTC)."""
    monday = wanted.at.date() - timedelta(days=wanted.at.weekday())
    return f"{wanted.lat:+.{DECIMALS}f}{wanted.lon:+.{DECIMALS}f}#{monday.isoformat()}"
