"""How many activities there are, by year, month and sport: one small item a year, kept in every transaction.

A list says how many activities it has in all. Counting them for each answer would read the whole history; these
items are read instead, a few hundred bytes for each year.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from apis.activities.models import Activity
from apis.serving.store import Item, PutIfAbsent, Store, UpdateIf, Write

PREFIX: Final = "TLY#"
Cell = tuple[int, int, str]  # year, month, sport
Held = Mapping[int, Item | None]  # by year
_ANY_ZONE: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Count:
    """Activities, and how many of them have a heart rate and weather."""

    activities: int = 0
    with_heartrate: int = 0
    with_weather: int = 0

    def __add__(self, other: "Count") -> "Count":
        return Count(
            self.activities + other.activities,
            self.with_heartrate + other.with_heartrate,
            self.with_weather + other.with_weather,
        )

    def __neg__(self) -> "Count":
        return Count(-self.activities, -self.with_heartrate, -self.with_weather)


def count_of(activity: Activity) -> Count:
    """One activity as a count."""
    return Count(1, int(activity.has_heartrate), int(activity.weather is not None))


def held_tallies(store: Store, partition: str, start_at: datetime) -> Held:
    """The tallies to which an activity of this start may belong, as they are before anything else is read.

    Who holds them writes only if nobody else did: two imports that each find no copy of their run cannot both store it.
    """
    years = {(start_at - _ANY_ZONE).year, (start_at + _ANY_ZONE).year}
    return {year: store.get(partition, _key(year)) for year in years}


def tally_writes(
    store: Store, partition: str, *, gone: Iterable[Activity], new: Iterable[Activity], held: Held | None = None
) -> list[Write]:
    """The writes that keep the tallies true when some activities take the place of others.

    Args:
        store: Where the tallies are.
        partition: Of the athlete.
        gone: Activities that are no more.
        new: Those in their place.
        held: See `held_tallies`; written even if they stay the same.
    """
    tallies = dict(held or {})
    changes: dict[Cell, Count] = {}
    for activity, sign in [*((each, -1) for each in gone), *((each, 1) for each in new)]:
        cell = (activity.start_date_local.year, activity.start_date_local.month, activity.sport_type)
        count = count_of(activity)
        changes[cell] = changes.get(cell, Count()) + (count if sign > 0 else -count)
    for year in {year for (year, _, _), change in changes.items() if change != Count()} - tallies.keys():
        tallies[year] = store.get(partition, _key(year))
    return [_write(partition, year, tallies[year], changes) for year in sorted(tallies)]


def total(store: Store, partition: str, months: Iterable[tuple[int, int]], *, sports: Iterable[str] = ()) -> Count:
    """The count of whole months, of some sports or of all."""
    wanted, chosen = set(months), set(sports)
    cells: list[list[int]] = [[0, 0, 0]]
    for year in sorted({year for year, _ in wanted}):
        item = store.get(partition, _key(year))
        for month, by_sport in item.doc.items() if item else ():
            if (year, int(month)) in wanted:
                cells += [cell for sport, cell in by_sport.items() if not chosen or sport in chosen]
    return Count(*map(sum, zip(*cells, strict=True)))


def months_between(first: date, end: date) -> tuple[list[tuple[int, int]], list[tuple[date, date]]]:
    """The whole months between two dates, end excluded, and the spans of days beside them."""
    whole: list[tuple[int, int]] = []
    rest: list[tuple[date, date]] = []
    day = first
    while day < end:
        month_end = _first_of_next(day)
        if day.day == 1 and month_end <= end:
            whole.append((day.year, day.month))
        else:
            rest.append((day, min(month_end, end)))
        day = month_end
    return whole, rest


def _first_of_next(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _key(year: int) -> str:
    return f"{PREFIX}{year:04d}"


def _write(partition: str, year: int, item: Item | None, changes: Mapping[Cell, Count]) -> Write:
    document: dict[str, Any] = {month: dict(sports) for month, sports in item.doc.items()} if item else {}
    for (own_year, month, sport), change in changes.items():
        if own_year == year:
            sports = document.setdefault(f"{month:02d}", {})
            count = Count(*sports.get(sport, ())) + change
            sports[sport] = [count.activities, count.with_heartrate, count.with_weather]
            if count == Count():
                del sports[sport]
    new = Item(partition, _key(year), {month: sports for month, sports in document.items() if sports})
    return UpdateIf(new, item.version) if item else PutIfAbsent(new)
