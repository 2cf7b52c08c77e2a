import numpy as np

from apis.activities.analytics.moving_time import moving_time_s

NAN = float("nan")


def test_standing_and_pauses_are_not_moving() -> None:
    time_s = np.array([0.0, 10.0, 20.0, 500.0, 510.0])
    speed = np.array([3.0, 0.1, 3.0, 3.0, 3.0])

    assert moving_time_s(time_s, speed) == 10.0 + 10.0


def test_an_unknown_speed_counts_as_moving() -> None:
    assert moving_time_s(np.arange(11.0), np.full(11, NAN)) == 10.0
