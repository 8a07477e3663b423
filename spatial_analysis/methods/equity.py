"""How evenly a service falls: Gini and Lorenz by person, metres beyond reach, two groups apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spatial_analysis.methods.errors import MethodError

Floats = NDArray[np.float64]


class BadShares(MethodError):
    """Amounts and people must be finite, none below zero, one for each place."""


@dataclass(frozen=True, slots=True)
class Beyond:
    """How far people live outside the reach of a service.

    person_m : people x metres beyond the limit, of those who can get there at all
    people : how many of these live beyond it
    no_way : people without any way to a site (an island without one)
    """

    person_m: float
    people: float
    no_way: float

    @property
    def mean_m(self) -> float:
        """Metres too far, on average of those who live too far; nought when nobody does."""
        return self.person_m / self.people if self.people else 0.0


@dataclass(frozen=True, slots=True)
class Groups:
    """One amount per person in two groups of people, and the first as a share of the second."""

    inside: float
    outside: float
    ratio: float


def lorenz(amount: Floats, people: Floats) -> tuple[Floats, Floats]:
    """Lorenz curve: share of people (k + 1,) from the least served, share of the amount they hold.

    amount : (n,) per person at each place; people : (n,). Both start at nought and end at one
    (a total of nought is shared evenly). Raises BadShares.
    """
    each, heads = _checked(amount, people)
    order = np.argsort(each, kind="stable")
    heads, whole = heads[order], (each * heads)[order]
    total, all_heads = whole.sum(), heads.sum()
    if not total or not all_heads:
        return np.array([0.0, 1.0]), np.array([0.0, 1.0])
    start = np.zeros(1)
    return (
        np.concatenate([start, np.cumsum(heads) / all_heads]),
        np.concatenate([start, np.cumsum(whole) / total]),
    )


def gini(amount: Floats, people: Floats) -> float:
    """Gini coefficient of `amount` per person: 0 all alike, towards 1 one person holds all.

    amount : (n,) per person at each place, people : (n,) who live there. Nothing to share: 0.
    Raises BadShares. Twice the area between the Lorenz curve and the diagonal, O(n log n).
    Source: Gini (1912); with weights, Lerman & Yitzhaki (1989).
    """
    heads, held = lorenz(amount, people)
    under = float((np.diff(heads) * (held[1:] + held[:-1]) / 2).sum())
    return max(1.0 - 2.0 * under, 0.0)


def beyond(metres: Floats, people: Floats, limit_m: float) -> Beyond:
    """People x metres further than `limit_m` from a site; inf in `metres` means no way at all.

    metres, people : (n,). Raises BadShares.
    """
    if np.isnan(metres).any() or (metres < 0).any():
        raise BadShares
    _, heads = _checked(np.zeros(len(metres)), people)
    way = np.isfinite(metres)
    more = np.where(way, np.maximum(np.where(way, metres, 0.0) - limit_m, 0.0), 0.0)
    return Beyond(
        person_m=float((more * heads).sum()),
        people=float(heads[more > 0].sum()),
        no_way=float(heads[~way].sum()),
    )


def two_groups(amount: Floats, people: Floats, inside: NDArray[np.bool_]) -> Groups:
    """Mean per person inside and outside a group; ratio inside / outside (inf: none outside).

    amount, people : (n,), inside : (n,) True in the first group. A group without people holds
    nought; two groups that hold nought are alike (1). Raises BadShares.
    """
    each, heads = _checked(amount, people)

    def mean(chosen: NDArray[np.bool_]) -> float:
        count = heads[chosen].sum()
        return float((each * heads)[chosen].sum() / count) if count else 0.0

    here, there = mean(inside), mean(~inside)
    ratio = here / there if there else (1.0 if not here else np.inf)
    return Groups(here, there, ratio)


def _checked(amount: Floats, people: Floats) -> tuple[Floats, Floats]:
    each = np.asarray(amount, dtype=np.float64)
    heads = np.asarray(people, dtype=np.float64)
    fine = each.shape == heads.shape and each.ndim == 1
    if not fine or not (np.isfinite(each).all() and np.isfinite(heads).all()):
        raise BadShares
    if (each < 0).any() or (heads < 0).any():
        raise BadShares
    return each, heads
