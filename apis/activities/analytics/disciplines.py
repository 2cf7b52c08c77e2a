"""Which sports are running and which are riding, for formulas that hold for one of them alone."""

from typing import Final, Literal

Discipline = Literal["run", "ride"]

RUNS: Final = frozenset({"Run", "TrailRun", "VirtualRun"})
RIDES: Final = frozenset({"Ride", "VirtualRide", "GravelRide", "MountainBikeRide", "EBikeRide", "EMountainBikeRide"})


def discipline_of(sport_type: str) -> Discipline:
    """The discipline whose heart-rate zones a sport uses: riding for rides, running for everything else."""
    return "ride" if sport_type in RIDES else "run"
