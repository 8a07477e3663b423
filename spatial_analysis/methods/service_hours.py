"""How many hours a day a site really serves: hours of power times the share of days it was up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from spatial_analysis.methods.coverage import Reach

Floats = NDArray[np.float64]
DAY_H = 24.0


class BadHours(ValueError):
    """Hours of power lie between 0 and 24, and a share of days between 0 and 1."""


def up_share(changes: Sequence[tuple[date, bool | None]], first: date, last: date) -> float | None:
    """Share of the days `first`..`last` (both counted) on which a site was up.

    changes : (day, up from that day on; None: not in service, as while it is planned), of one
    day the last told counts. Days before the oldest change and days out of service are not
    counted; None when no day is left.
    """
    told = {day: up for day, up in changes if day <= last}
    known = sorted(told.items(), key=lambda change: change[0])
    ends = [day for day, _ in known[1:]]
    up_days = all_days = 0
    for i, (start, up) in enumerate(known):
        begin = max(start, first)
        end = ends[i].toordinal() if i < len(ends) else last.toordinal() + 1
        days = 0 if up is None else max(end - begin.toordinal(), 0)
        all_days += days
        up_days += days if up else 0
    return up_days / all_days if all_days else None


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
