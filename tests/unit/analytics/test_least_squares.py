"""Oracles: NIST StRD Norris and Longley (certified values, public domain), statsmodels and scipy."""

import subprocess
import sys

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.datasets import longley

from apis.activities.analytics.errors import DesignSingular
from apis.activities.analytics.least_squares import fit_least_squares, t_quantile

NORRIS_Y = (
    0.1, 338.8, 118.1, 888.0, 9.2, 228.1, 668.5, 998.5, 449.1, 778.9, 559.2, 0.3, 0.1, 778.1, 668.8, 339.3, 448.9,
    10.8, 557.7, 228.3, 998.0, 888.8, 119.6, 0.3, 0.6, 557.6, 339.3, 888.0, 998.5, 778.9, 10.2, 117.6, 228.9, 668.4,
    449.2, 0.2,
)  # fmt: skip
NORRIS_X = (
    0.2, 337.4, 118.2, 884.6, 10.1, 226.5, 666.3, 996.3, 448.6, 777.0, 558.2, 0.4, 0.6, 775.5, 666.9, 338.0, 447.5,
    11.6, 556.0, 228.1, 995.8, 887.6, 120.2, 0.3, 0.3, 556.8, 339.1, 887.2, 999.0, 779.0, 11.1, 118.3, 229.2, 669.1,
    448.9, 0.5,
)  # fmt: skip


LONGLEY_B = (
    -3482258.63459582, 15.0618722713733, -0.0358191792925910, -2.02022980381683, -1.03322686717359,
    -0.0511041056535807, 1829.15146461355,
)  # fmt: skip
LONGLEY_SE = (
    890420.383607373, 84.9149257747669, 0.0334910077722432, 0.488399681651699, 0.214274163161675, 0.226073200069370,
    455.478499142212,
)  # fmt: skip


def sample(seed: int, rows: int = 40, columns: int = 6) -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(seed)
    design = np.column_stack([np.ones(rows), chance.normal(0, 10, (rows, columns - 1))])
    return design, design @ chance.normal(0, 1, columns) + chance.normal(0, 1, rows) * (1 + np.abs(design[:, 1]))


def test_norris_is_certified_to_eight_digits() -> None:
    fit = fit_least_squares(np.column_stack([np.ones(36), NORRIS_X]), np.array(NORRIS_Y))

    assert fit.coefficients == pytest.approx([-0.262323073774029, 1.00211681802045], rel=1e-8)
    assert np.sqrt(np.diag(fit.covariance)) == pytest.approx([0.232818234301152, 0.000429796848199937], rel=1e-8)
    assert fit.residual_sd == pytest.approx(0.884796396144373, rel=1e-8)


def test_longley_whose_columns_are_nearly_dependent_is_certified_to_eight_digits() -> None:
    data = longley.load_pandas()
    design = np.column_stack([np.ones(16), data.exog.to_numpy(dtype=float)])
    fit = fit_least_squares(design, data.endog.to_numpy(dtype=float))

    assert fit.coefficients == pytest.approx(LONGLEY_B, rel=1e-8)
    assert np.sqrt(np.diag(fit.covariance)) == pytest.approx(LONGLEY_SE, rel=1e-8)
    assert fit.residual_sd == pytest.approx(304.854073561965, rel=1e-8)


@pytest.mark.parametrize("seed", range(5))
def test_a_prediction_agrees_with_statsmodels(seed: int) -> None:
    design, response = sample(seed)
    place = np.random.default_rng(seed).normal(0, 10, size=(design.shape[1],))
    expected = sm.OLS(response, design).fit().get_prediction(place)

    found = fit_least_squares(design, response).interval(place)

    assert found.estimate == pytest.approx(expected.predicted_mean[0], rel=1e-8)
    assert (found.low, found.high) == pytest.approx(expected.conf_int(alpha=0.05)[0], rel=1e-8)


@pytest.mark.parametrize("seed", range(5))
def test_coefficients_intervals_and_hc3_agree_with_statsmodels(seed: int) -> None:
    design, response = sample(seed)
    ours, oracle = fit_least_squares(design, response), sm.OLS(response, design).fit()
    robust = oracle.get_robustcov_results("HC3", use_t=True)

    assert ours.coefficients == pytest.approx(oracle.params, rel=1e-8)
    assert ours.covariance == pytest.approx(oracle.cov_params(), rel=1e-8)
    assert ours.covariance_hc3() == pytest.approx(robust.cov_params(), rel=1e-8)
    for index, unit in enumerate(np.eye(design.shape[1])):
        plain, hc3 = ours.interval(unit), ours.interval_hc3(unit)
        assert (plain.low, plain.high) == pytest.approx(oracle.conf_int()[index], rel=1e-8)
        assert (hc3.low, hc3.high) == pytest.approx(robust.conf_int()[index], rel=1e-8)


def test_leaving_one_out_agrees_with_fitting_without_it() -> None:
    design, response = sample(7)
    lows, highs = fit_least_squares(design, response).leave_one_out(2)

    for row in range(len(response)):
        kept = np.arange(len(response)) != row
        expected = sm.OLS(response[kept], design[kept]).fit().conf_int()[2]
        assert (lows[row], highs[row]) == pytest.approx(expected, rel=1e-8)


def test_an_observation_that_alone_carries_a_coefficient_is_said_to() -> None:
    design = np.column_stack([np.ones(10), np.arange(10) == 3])
    fit = fit_least_squares(design, np.random.default_rng(1).normal(0, 1, 10))

    assert np.isnan(fit.leave_one_out(1)[0]).nonzero()[0].tolist() == [3]
    with pytest.raises(DesignSingular, match="one observation"):
        fit.covariance_hc3()


@pytest.mark.parametrize(
    "design",
    [
        pytest.param(np.column_stack([np.ones(9), np.arange(9.0), 2 * np.arange(9.0)]), id="one column twice"),
        pytest.param(np.column_stack([np.ones(9), np.zeros(9)]), id="a column of zeros"),
        pytest.param(np.eye(3), id="no degree of freedom"),
    ],
)
def test_a_design_without_a_unique_answer_is_refused(design: np.ndarray) -> None:
    with pytest.raises(DesignSingular):
        fit_least_squares(design, np.ones(design.shape[0]))


@pytest.mark.parametrize(("degrees", "quantile"), [(5, 2.570582), (6, 2.446912), (8, 2.306004)])
def test_t_quantiles(degrees: int, quantile: float) -> None:
    assert t_quantile(degrees) == pytest.approx(quantile, abs=1e-6)


def test_every_t_quantile_agrees_with_scipy() -> None:
    degrees = [*range(1, 200), 1000, 100_000]

    assert [t_quantile(each) for each in degrees] == pytest.approx(stats.t.ppf(0.975, degrees).tolist(), rel=1e-8)


def test_importing_the_trend_does_not_import_scipy() -> None:
    code = (
        "import sys, apis.activities.analytics.heart_rate_trend as trend; "
        "sys.exit(any(name.split('.')[0] in {'scipy', 'statsmodels'} for name in sys.modules))"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
