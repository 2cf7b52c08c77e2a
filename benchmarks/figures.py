"""One measured figure with its limit, as `make bench` prints it."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal, TypeVar

Name = TypeVar("Name", int, str)


@dataclass(frozen=True, slots=True)
class Figure:
    """A ratio of two costs of one run; absolute times of shared machines mean little."""

    says: str
    ratio: float
    limit: float
    side: Literal["at most", "at least"] = "at most"

    @property
    def within(self) -> bool:
        """Whether the limit is kept."""
        return self.ratio <= self.limit if self.side == "at most" else self.ratio >= self.limit

    def __str__(self) -> str:
        kept = "within" if self.within else "BEYOND"
        return f"{self.says}: {self.ratio:.2f} ({self.side} {self.limit:g}: {kept})"


def cpu_s(call: Callable[[], object], times: int = 1) -> float:
    """Processor time of a call, seconds, as the mean of several in a row: others on the machine do not count."""
    started = time.process_time()
    for _ in range(times):
        call()
    return (time.process_time() - started) / times


def rounds_s(
    calls: Mapping[Name, Callable[[], object]], times: Mapping[Name, int], rounds: int
) -> dict[Name, list[float]]:
    """Processor time of each call in each of some rounds, after a round that does not count.

    Every round makes all the calls, each so many times that all take about as long: a neighbour on the machine, who
    slows the processor's caches down, then meets all of them alike.
    """
    spent: dict[Name, list[float]] = {name: [] for name in calls}
    for number in range(rounds + 1):
        for name, call in calls.items():
            seconds = cpu_s(call, times[name] if number else 1)
            spent[name] += [seconds] if number else []
    return spent


def median_ratio(above: Sequence[float], below: Sequence[float]) -> float:
    """Median over the rounds of one cost to another of the same round."""
    return median(one / other for one, other in zip(above, below, strict=True))
