"""What one performance says about others: VDOT, Riegel, Cameron, critical speed. Estimates, and to be named so."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from apis.activities.analytics.errors import InputsMissing

RIEGEL_EXPONENT = 1.06
RIEGEL_VALID_S = (210.0, 13_800.0)  # 3.5 to 230 minutes
CRITICAL_SPEED_VALID_S = (120.0, 1200.0)  # 2 to 20 minutes


def oxygen_cost(speed_m_per_min: float) -> float:
    """Oxygen uptake of running at a speed, ml per kg and minute. Source: Daniels & Gilbert 1979."""
    return -4.60 + 0.182258 * speed_m_per_min + 0.000104 * speed_m_per_min**2


def sustainable_share(duration_min: float) -> float:
    """Share of the maximal oxygen uptake that can be held for a time. Source: Daniels & Gilbert 1979."""
    return float(0.8 + 0.1894393 * np.exp(-0.012778 * duration_min) + 0.2989558 * np.exp(-0.1932605 * duration_min))


def vdot(distance_m: float, time_s: float) -> float:
    """VDOT of a race: the maximal oxygen uptake that would explain it. Source: Daniels & Gilbert 1979."""
    minutes = time_s / 60.0
    return oxygen_cost(distance_m / minutes) / sustainable_share(minutes)


def time_at_vdot_s(distance_m: float, level: float) -> float:
    """Race time over a distance at a VDOT, seconds: the inverse of `vdot`, by bisection.

    Raises:
        InputsMissing: No time between 1 s and 10 days fits.
    """
    fastest, slowest = 1.0, 864_000.0
    if not vdot(distance_m, slowest) < level < vdot(distance_m, fastest):
        raise InputsMissing("no race time fits this level")
    while slowest - fastest > 0.01:  # noqa: PLR2004 - a hundredth of a second
        middle = (fastest + slowest) / 2
        fastest, slowest = (middle, slowest) if vdot(distance_m, middle) > level else (fastest, middle)
    return (fastest + slowest) / 2


def riegel_time_s(time_s: float, distance_m: float, target_m: float) -> float:
    """Race time over another distance, seconds. Good for races of 3.5 to 230 minutes.

    Source: Riegel 1981, American Scientist 69:285.
    """
    return float(time_s * (target_m / distance_m) ** RIEGEL_EXPONENT)


def cameron_time_s(time_s: float, distance_m: float, target_m: float) -> float:
    """Race time over another distance, seconds. Source: Cameron's model of world-class times."""
    return float(time_s * (target_m / distance_m) * _cameron(distance_m) / _cameron(target_m))


@dataclass(frozen=True)
class CriticalSpeed:
    """Critical speed in m/s and the distance that can be run above it (D prime), in metres."""

    speed_mps: float
    reserve_m: float


def critical_speed(efforts: Sequence[tuple[float, float]]) -> CriticalSpeed:
    """The line of distance over time through best efforts.

    Args:
        efforts: (distance in metres, time in seconds), two or more, each of 2 to 20 minutes.

    Raises:
        InputsMissing: Too few efforts of fitting length, or a line with a negative reserve.

    Source: Monod & Scherrer 1965; for running Hughson, Orok & Staudt 1984, Int J Sports Med 5:23.
    """
    shortest, longest = CRITICAL_SPEED_VALID_S
    fitting = [(distance, time) for distance, time in efforts if shortest <= time <= longest]
    if len({time for _, time in fitting}) < 2:  # noqa: PLR2004 - a line needs two points
        raise InputsMissing("critical speed needs two best efforts of 2 to 20 minutes")
    distance_m, time_s = np.array(fitting).T
    speed, reserve = np.polyfit(time_s, distance_m, 1)
    if reserve < 0:
        raise InputsMissing("these efforts were not all maximal: the distance reserve would be negative")
    return CriticalSpeed(float(speed), float(reserve))


def _cameron(distance_m: float) -> float:
    return float(13.49681 - 0.000030363 * distance_m + 835.7114 / distance_m**0.7905)
