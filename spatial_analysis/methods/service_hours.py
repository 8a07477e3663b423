"""How many hours a day a site really serves: hours of power times the share of days it was up."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spatial_analysis.methods.coverage import Reach
from spatial_analysis.methods.errors import MethodError

Floats = NDArray[np.float64]
DAY_H = 24.0


class BadHours(MethodError):
    """Hours of power lie between 0 and 24, and a share of days between 0 and 1."""


def hours_of(power_hours: Floats, up: Floats) -> Floats:
    """Hours of service on a mean day of each site. Raises BadHours."""
    power, share = np.asarray(power_hours, dtype=float), np.asarray(up, dtype=float)
    if (power < 0).any() or (power > DAY_H).any() or (share < 0).any() or (share > 1).any():
        raise BadHours
    return power * share


def best_hours(reach: Reach, hours: Floats) -> Floats:
    """(places,) hours a day that the best site in reach serves; nought without one.

    Hours of two sites are not added: nobody knows whether they are the same hours.
    """
    most = np.zeros(reach.shape[0])
    np.maximum.at(most, reach.places, np.asarray(hours, dtype=float)[reach.sites])
    return most
