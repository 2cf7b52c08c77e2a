"""How the air feels: dew point and heat index."""

import numpy as np

_MAGNUS_A = 17.625
_MAGNUS_B_C = 243.04
_ROTHFUSZ_FROM_F = 80.0


def dew_point_c(temperature_c: float, relative_humidity: float) -> float:
    """Dew point, °C.

    Args:
        temperature_c: Dry bulb, °C.
        relative_humidity: Fraction, above 0 and up to 1.

    Source: Magnus formula with the constants of Alduchov & Eskridge 1996, J Appl Meteorol 35:601.
    """
    gamma = float(np.log(relative_humidity)) + _MAGNUS_A * temperature_c / (_MAGNUS_B_C + temperature_c)
    return _MAGNUS_B_C * gamma / (_MAGNUS_A - gamma)


def heat_index_c(temperature_c: float, relative_humidity: float) -> float:
    """Heat index, °C: the simple form in mild air, Rothfusz's regression with its adjustments in hot air.

    Args:
        temperature_c: Dry bulb, °C.
        relative_humidity: Fraction, 0 to 1.

    Source: US National Weather Service, the heat index equation (Rothfusz 1990, with NWS adjustments).
    """
    fahrenheit, percent = temperature_c * 9 / 5 + 32, relative_humidity * 100
    simple = 0.5 * (fahrenheit + 61.0 + (fahrenheit - 68.0) * 1.2 + percent * 0.094)
    felt = (simple + fahrenheit) / 2
    if felt >= _ROTHFUSZ_FROM_F:
        felt = _rothfusz_f(fahrenheit, percent)
    return (felt - 32) * 5 / 9


def _rothfusz_f(temperature: float, humidity: float) -> float:
    """Degrees Fahrenheit, percent."""
    index = (
        -42.379
        + 2.04901523 * temperature
        + 10.14333127 * humidity
        - 0.22475541 * temperature * humidity
        - 6.83783e-3 * temperature**2
        - 5.481717e-2 * humidity**2
        + 1.22874e-3 * temperature**2 * humidity
        + 8.5282e-4 * temperature * humidity**2
        - 1.99e-6 * temperature**2 * humidity**2
    )
    if humidity < 13 and 80 <= temperature <= 112:  # noqa: PLR2004 - limits of the NWS page
        index -= (13 - humidity) / 4 * float(np.sqrt((17 - abs(temperature - 95)) / 17))
    if humidity > 85 and 80 <= temperature <= 87:  # noqa: PLR2004 - as above
        index += (humidity - 85) / 10 * ((87 - temperature) / 5)
    return index
