from pathlib import Path

import numpy as np
import pytest

from apis.activities.analytics.time_weighting import sample_durations_s, time_weighted_mean

NAN = float("nan")

# garmin-fenix-5-run.fit: seconds from the first record and beats per minute, no position.
FENIX_5 = Path(__file__).parents[4] / "shared" / "data" / "fitdecode" / "garmin-fenix-5-run.fit"


def test_each_sample_holds_until_the_next() -> None:
    mean = time_weighted_mean(np.array([0.0, 1.0, 5.0, 6.0]), np.array([100.0, 140.0, 100.0, 999.0]))

    assert mean.mean == pytest.approx((100 * 1 + 140 * 4 + 100 * 1) / 6)
    assert mean.covered_s == 6.0


def test_a_pause_counts_no_more_than_the_gap_cap() -> None:
    mean = time_weighted_mean(np.array([0.0, 300.0, 310.0]), np.array([80.0, 150.0, 150.0]))

    assert mean.mean == pytest.approx(115.0)
    assert mean.covered_s == 20.0


@pytest.mark.parametrize("missing", [pytest.param(NAN, id="null"), pytest.param(0.0, id="zero")])
def test_a_missing_heart_rate_is_skipped_and_never_counts_as_zero(missing: float) -> None:
    mean = time_weighted_mean(np.arange(5.0), np.array([150.0, missing, missing, 150.0, 150.0]))

    assert mean.mean == 150.0
    assert mean.covered_s == 2.0


def test_a_stream_without_any_heart_rate_has_no_mean() -> None:
    assert time_weighted_mean(np.arange(3.0), np.array([0.0, NAN, 0.0])).mean is None
    assert time_weighted_mean(np.zeros(0), np.zeros(0)).mean is None


def test_a_clock_that_runs_back_gives_no_negative_time() -> None:
    assert sample_durations_s(np.array([0.0, 5.0, 3.0, 4.0])).tolist() == [5.0, 0.0, 1.0, 0.0]


@pytest.mark.skipif(not FENIX_5.exists(), reason="sample files are not part of the repository")
def test_the_fenix_5_run_reads_89_time_weighted_and_85_plain() -> None:
    fitdecode = pytest.importorskip("fitdecode")
    with fitdecode.FitReader(str(FENIX_5)) as reader:
        records = [frame for frame in reader if getattr(frame, "name", None) == "record" and frame.frame_type == 4]
    times = np.array([frame.get_value("timestamp").timestamp() for frame in records])
    heart = np.array([float(frame.get_value("heart_rate")) for frame in records])

    assert heart.mean() == pytest.approx(84.95, abs=0.05)
    assert time_weighted_mean(times, heart).mean == pytest.approx(89.11, abs=0.05)
