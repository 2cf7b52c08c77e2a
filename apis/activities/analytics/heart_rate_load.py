"""The one heart-rate load of an answer: hrTSS where the settings allow it, else TRIMP, never a mixture.

TRIMP and hrTSS are different units, so one method is chosen from the athlete's settings for all activities. Load of a
ride's power is a third unit and is told separately.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from apis.activities.analytics.athlete_settings import LIMITED_HEART_RATE, AthleteSettings
from apis.activities.analytics.errors import InputsMissing
from apis.activities.analytics.heart_rate_histogram import held_heart_rates
from apis.activities.analytics.time_weighting import FloatArray
from apis.activities.analytics.training_impulse import heart_rate_stress_score, training_impulse
from apis.activities.athlete import Sex

LoadName = Literal["hrTSS", "TRIMP"]


@dataclass(frozen=True)
class HeartRateLoad:
    """A method and its numbers.

    Attributes:
        name: hrTSS or TRIMP.
        resting_bpm: bpm.
        max_bpm: bpm.
        sex: Picks Banister's constants.
        per_impulse: Load of one unit of TRIMP: 1, or what it is in hrTSS.
    """

    name: LoadName
    resting_bpm: float
    max_bpm: float
    sex: Sex
    per_impulse: float

    def of_histogram(self, histogram: Mapping[int, float]) -> float:
        """Load of seconds at each whole bpm."""
        return self._of(*held_heart_rates(histogram))

    def of_mean(self, mean_bpm: float, covered_s: float) -> float:
        """Load of a mean heart rate over some seconds; lower than that of the samples, because load is convex."""
        return self._of(np.array([covered_s]), np.array([mean_bpm]))

    def _of(self, seconds: FloatArray, heartrate_bpm: FloatArray) -> float:
        impulse = training_impulse(
            seconds, heartrate_bpm, resting_bpm=self.resting_bpm, max_bpm=self.max_bpm, sex=self.sex
        )
        return impulse * self.per_impulse


def load_method(settings: AthleteSettings) -> HeartRateLoad:
    """The method that the settings allow.

    Raises:
        InputsMissing: Resting or maximal heart rate or sex are not known, or a drug limits the heart rate; the text
            names what is missing.
    """
    if settings.limits_heart_rate:
        raise InputsMissing(LIMITED_HEART_RATE)
    resting, highest, sex = settings.resting_heartrate_bpm, settings.max_heartrate_bpm, settings.sex
    if resting is None or highest is None or sex is None:
        known = {"resting heart rate": resting, "maximal heart rate": highest, "sex": sex}
        unknown = " and ".join(name for name, setting in known.items() if setting is None)
        raise InputsMissing(f"load from heart rate needs what the profile does not say: {unknown}")
    if settings.lthr_bpm is None:
        return HeartRateLoad("TRIMP", resting.value, highest.value, sex.value, 1.0)
    per_impulse = heart_rate_stress_score(
        1.0, resting_bpm=resting.value, max_bpm=highest.value, lthr_bpm=settings.lthr_bpm.value, sex=sex.value
    )
    return HeartRateLoad("hrTSS", resting.value, highest.value, sex.value, per_impulse)
