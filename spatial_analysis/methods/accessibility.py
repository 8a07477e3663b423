"""How much of a service falls to each person: floating catchments (2SFCA, its heirs), gravity."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from spatial_analysis.methods.coverage import Reach
from spatial_analysis.methods.errors import MethodError

Floats = NDArray[np.float64]
Decay = Callable[[Floats], Floats]


class BadSteps(MethodError):
    """Steps must grow in metres and fall in weight, none below zero."""


def fca2(people: Floats, supply: Floats, reach: Reach) -> Floats:
    """Two-step floating catchment: supply per person that each place can get at.

    people : (n,) at each place; supply : (m,) capacity of each site (seats, Mbit/s)
    reach : pairs within the catchment

    Step 1 divides each site's supply by the people in its catchment; step 2 adds up, at
    each place, the shares of the sites it reaches. The sum of people x answer is the supply
    of the sites that anybody reaches. Source: Luo & Wang (2003).
    """
    return fca2_enhanced(people, supply, reach, lambda metres: np.ones_like(metres))


def fca2_enhanced(people: Floats, supply: Floats, reach: Reach, weight: Decay) -> Floats:
    """Two-step floating catchment in which distance counts: `weight` of metres, 0..1.

    Source: Luo & Qi (2009), with `steps(...)`; Dai (2010), with `gaussian(...)`.
    """
    near = weight(reach.metres)
    pull = sparse.csr_array((near, (reach.places, reach.sites)), shape=reach.shape)
    crowd = pull.T @ people
    share = np.divide(supply, crowd, out=np.zeros(reach.shape[1]), where=crowd > 0)
    return np.asarray(pull @ share)


def gravity(
    people: Floats, supply: Floats, reach: Reach, *, beta: float, least_m: float = 50.0
) -> Floats:
    """Gravity with competition: every site counts everywhere, less the farther off it stands.

    people : (n,) at each place; supply : (m,) of each site; reach : all pairs with a way
    beta : power of the distance, > 0 (a place twice as far counts 2 ** beta times less)
    least_m : metres below which nobody is nearer, > 0 (a power has no value at nought)

    The sum of people x answer is the supply of the sites that anybody reaches, as with fca2.
    Raises BadSteps. Source: Hansen (1959), How accessibility shapes land use; competition:
    Weibull (1976), Joseph & Bantock (1982).
    """
    return fca2_enhanced(people, supply, reach, power(beta, least_m=least_m))


def power(beta: float, *, least_m: float) -> Decay:
    """Weight (d / least_m) ** -beta, one up to `least_m`."""
    if not (beta > 0 and least_m > 0 and beta < np.inf):
        raise BadSteps
    return lambda metres: (np.maximum(metres, least_m) / least_m) ** -beta


def steps(limits_m: tuple[float, ...], weights: tuple[float, ...]) -> Decay:
    """Weight by zone: the first weight up to and with the first limit, and so on; then nought."""
    falling = all(a >= b >= 0 for a, b in pairwise(weights))
    if len(limits_m) != len(weights) or list(limits_m) != sorted(limits_m) or not falling:
        raise BadSteps
    levels = np.append(weights, 0.0)
    return lambda metres: levels[np.searchsorted(limits_m, metres, side="left")]


def gaussian(sigma_m: float, *, cut_m: float) -> Decay:
    """Weight exp(-d² / 2 sigma²), nought beyond `cut_m`."""
    if not (sigma_m > 0 and cut_m > 0):
        raise BadSteps
    return lambda metres: np.where(metres <= cut_m, np.exp(-(metres**2) / (2 * sigma_m**2)), 0.0)
