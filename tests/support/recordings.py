"""Recordings made to order: steady by default, one sample a second; a test states the channel it is about."""

from typing import Any

import numpy as np

from apis.activities.recordings import FloatArray, Streams

METRES_PER_DEGREE = 111_195.08


def recording(seconds: int = 2400, *, at_mps: float = 3.0, **channels: Any) -> Streams:
    """A run due north at one speed and 150 bpm on the flat, no power; `seconds` steps of one second."""
    time_s = np.arange(seconds + 1.0)
    distance = at_mps * time_s
    plain: dict[str, Any] = {
        "time_s": time_s,
        "heartrate_bpm": np.full(time_s.size, 150.0),
        "distance_m": distance,
        "speed_mps": np.full(time_s.size, at_mps),
        "altitude_m": np.full(time_s.size, 40.0),
        "lat": 48.0 + distance / METRES_PER_DEGREE,
        "lon": np.full(time_s.size, 9.0),
    }
    return Streams(**{**plain, **channels})


def paced(*legs: tuple[float, float]) -> tuple[FloatArray, FloatArray]:
    """Time and distance of legs of (seconds, m/s), one sample a second."""
    speeds = np.concatenate([np.full(round(seconds), speed) for seconds, speed in legs])
    return np.arange(speeds.size + 1.0), np.concatenate(([0.0], np.cumsum(speeds)))
