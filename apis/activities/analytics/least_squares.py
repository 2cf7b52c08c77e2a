"""Ordinary least squares with t intervals, HC3 intervals and leave-one-out intervals.

numpy and two quantiles of scipy instead of statsmodels, which would fill a Lambda zip; statsmodels and the NIST
reference sets are the oracle of the tests.
"""

from dataclasses import dataclass

import numpy as np

from apis.activities.analytics.errors import DesignSingular
from apis.activities.analytics.time_weighting import FloatArray

LONE_LEVERAGE = 1 - 1e-10
CONFIDENCE = 0.95


def t_quantile(degrees_of_freedom: int) -> float:
    """Two-sided Student t quantile, 2.306 for 8 degrees of freedom at 95 %."""
    # Loaded at the first fit: 0.4 s that no other request of this API needs.
    from scipy.special import stdtrit  # noqa: PLC0415 - see above

    return float(stdtrit(degrees_of_freedom, (1 + CONFIDENCE) / 2))


@dataclass(frozen=True)
class Interval:
    """An estimate with its 95 % confidence interval."""

    estimate: float
    low: float
    high: float

    @property
    def half_width(self) -> float:
        """Half the width of the interval: the smallest change that it could tell from none."""
        return (self.high - self.low) / 2

    def scaled(self, factor: float) -> "Interval":
        """The interval in another unit; a negative factor mirrors it."""
        low, high = sorted((self.low * factor, self.high * factor))
        return Interval(self.estimate * factor, low, high)


@dataclass(frozen=True, eq=False)
class LeastSquares:
    """A fitted linear model y = X b + e, with X of shape (n, k) of full rank and n > k."""

    design: FloatArray
    coefficients: FloatArray
    residuals: FloatArray
    unscaled_covariance: FloatArray

    @property
    def degrees_of_freedom(self) -> int:
        """Observations less coefficients."""
        return int(self.design.shape[0] - self.design.shape[1])

    @property
    def residual_variance(self) -> float:
        """Unbiased variance of the errors, in squared units of y."""
        return float(self.residuals @ self.residuals) / self.degrees_of_freedom

    @property
    def residual_sd(self) -> float:
        """Standard deviation of the errors, in units of y."""
        return float(np.sqrt(self.residual_variance))

    @property
    def covariance(self) -> FloatArray:
        """Covariance of the coefficients under equal error variance, shape (k, k)."""
        return self.unscaled_covariance * self.residual_variance

    @property
    def leverages(self) -> FloatArray:
        """How far each observation pulls its own fit, shape (n,), 0 to 1."""
        pulls: FloatArray = (self.design @ self.unscaled_covariance * self.design).sum(axis=1)
        return pulls

    def interval(self, combination: FloatArray) -> Interval:
        """Estimate and 95 % interval of a linear combination of the coefficients, shape (k,)."""
        return self._interval(combination, self.covariance)

    def interval_hc3(self, combination: FloatArray) -> Interval:
        """As `interval`, but not assuming equal error variance (MacKinnon & White 1985, HC3)."""
        return self._interval(combination, self.covariance_hc3())

    def covariance_hc3(self) -> FloatArray:
        """Heteroscedasticity-consistent covariance of the coefficients, HC3, shape (k, k).

        Raises:
            DesignSingular: One observation alone determines a coefficient; HC3 is undefined then.
        """
        leverages = self.leverages
        if leverages.max() > LONE_LEVERAGE:
            raise DesignSingular("one observation alone determines a coefficient")
        scaled = self.design * (self.residuals / (1 - leverages))[:, None]
        return self.unscaled_covariance @ (scaled.T @ scaled) @ self.unscaled_covariance

    def leave_one_out(self, index: int) -> tuple[FloatArray, FloatArray]:
        """The 95 % interval of coefficient `index` without each observation in turn.

        Returns:
            Lower and upper bounds, each of shape (n,), from the usual closed forms, without n further fits;
            NaN where the model cannot be fitted without that observation.
        """
        pull = self.design @ self.unscaled_covariance[:, index]
        remaining = 1 - self.leverages
        degrees = self.degrees_of_freedom - 1
        fitted = (remaining > 1 - LONE_LEVERAGE) & (degrees > 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            estimates = self.coefficients[index] - pull * self.residuals / remaining
            squares = self.residuals @ self.residuals - self.residuals**2 / remaining
            variances = (squares / degrees) * (self.unscaled_covariance[index, index] + pull**2 / remaining)
            margins = t_quantile(max(degrees, 1)) * np.sqrt(np.maximum(variances, 0.0))
        return (
            np.where(fitted, estimates - margins, np.nan),
            np.where(fitted, estimates + margins, np.nan),
        )

    def _interval(self, combination: FloatArray, covariance: FloatArray) -> Interval:
        estimate = float(combination @ self.coefficients)
        margin = t_quantile(self.degrees_of_freedom) * float(np.sqrt(combination @ covariance @ combination))
        return Interval(estimate, estimate - margin, estimate + margin)


def fit_least_squares(design: FloatArray, response: FloatArray) -> LeastSquares:
    """Fit y = X b + e.

    Args:
        design: X, shape (n, k), a column of ones included where an intercept is wanted.
        response: y, shape (n,).

    Raises:
        DesignSingular: Not more rows than columns, or linearly dependent columns.
    """
    rows, columns = design.shape
    if rows <= columns:
        raise DesignSingular(f"{rows} observations cannot determine {columns} coefficients and an error")
    scale = np.linalg.norm(design, axis=0)
    if not scale.all():
        raise DesignSingular("a column of the design is all zero")
    # Columns of length 1 make the rank decision, and the result, independent of the units.
    orthogonal, triangle = np.linalg.qr(design / scale)
    if np.linalg.matrix_rank(triangle) < columns:
        raise DesignSingular("the columns of the design are linearly dependent")
    inverse = np.linalg.solve(triangle, np.eye(columns)) / scale[:, None]
    coefficients = inverse @ (orthogonal.T @ response)
    return LeastSquares(design, coefficients, response - design @ coefficients, inverse @ inverse.T)
