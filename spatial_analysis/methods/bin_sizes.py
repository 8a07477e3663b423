"""Which bins are too small for the people who use them, and where new ones belong."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spatial_analysis.methods.allocation import Allocation, NoRoom, capacitated_p_median
from spatial_analysis.methods.coverage import NOWHERE, Reach
from spatial_analysis.methods.errors import MethodError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
MORE_SITES = 25  # tried when the fewest have too little room for whole clients


class BadLoads(MethodError):
    """Loads and rooms are litres: finite, loads not below zero, rooms above zero."""


@dataclass(frozen=True, slots=True)
class Used:
    """Bin of each place (NOWHERE: none in reach), litres that come to each bin, walk on average."""

    bin_of: Ints
    load_l: Floats
    mean_walk_m: Floats


def used_by_nearest(load_l: Floats, people: Floats, reach: Reach) -> Used:
    """Everybody goes to the nearest bin in reach; of equally near ones to the first.

    load_l, people : (n,) of each place; reach : pairs of place and bin. The mean walk of a bin is
    by people, nought where nobody comes. Raises BadLoads.
    """
    if not np.isfinite(load_l).all() or (load_l < 0).any():
        raise BadLoads
    order = np.lexsort((reach.sites, reach.metres, reach.places))
    places, first = np.unique(reach.places[order], return_index=True)
    bins, metres = reach.sites[order][first], reach.metres[order][first]
    home = np.full(reach.shape[0], NOWHERE, dtype=np.int64)
    home[places] = bins
    size = reach.shape[1]
    heads = np.bincount(bins, weights=people[places], minlength=size)
    walked = np.bincount(bins, weights=people[places] * metres, minlength=size)
    return Used(
        bin_of=home,
        load_l=np.bincount(bins, weights=load_l[places], minlength=size).astype(np.float64),
        mean_walk_m=np.divide(walked, heads, out=np.zeros(size), where=heads > 0),
    )


def new_bins(
    metres: Floats, people: Floats, load_l: Floats, room_l: int, *, walk_m: float, seconds: float
) -> Allocation:
    """Fewest new bins of one size that hold all the waste near enough, and who goes where.

    metres : (n, n) walk from client i to a bin at the place of client j, inf: no way
    people, load_l : (n,) of each client, loads no larger than `room_l` litres

    The number of bins starts at what the litres need and at greedy cover of the walk, whichever
    is larger, and grows while whole clients do not fit. Then capacitated p-median: the walk of
    all people together is least. Raises BadLoads, NoRoom.
    Source: Osman & Christofides (1994); see `allocation`.
    """
    loads = np.ceil(np.maximum(load_l, 1.0)).astype(np.int64)
    if not np.isfinite(load_l).all() or room_l < 1 or loads.max(initial=0) > room_l:
        raise BadLoads
    far = np.where(np.isfinite(metres), metres, 0.0).max(initial=0.0) * 10 + 10 * walk_m
    cost = np.round(people[:, None] * np.where(np.isfinite(metres), metres, far), 3)
    cover = len(_greedy_cover(metres <= walk_m, loads.astype(np.float64), 0.0))
    least = max(int(np.ceil(loads.sum() / room_l)), cover)
    for count in range(least, min(least + MORE_SITES, len(loads)) + 1):
        try:
            return capacitated_p_median(cost, loads, room_l, count, seconds=seconds)
        except NoRoom:
            continue
    raise NoRoom


def worth_a_bin(near: NDArray[np.bool_], load_l: Floats, least_l: float) -> NDArray[np.bool_]:
    """(n,) True for clients that some new bin with at least `least_l` litres would serve.

    near : (n, n) True where client i may walk to a bin at the place of client j. Bins are taken
    greedily, the one with most litres first, until none has enough; who is left lives too far
    from others for a bin of their own.
    """
    served = np.zeros(len(near), dtype=bool)
    for site in _greedy_cover(near, np.maximum(load_l, 0.0), least_l):
        served |= near[:, site]
    return served


def _greedy_cover(near: NDArray[np.bool_], load_l: Floats, least_l: float) -> list[int]:
    """Sites that greedy takes, most waiting litres first, while one has `least_l` or more.

    With nought it goes on until every client (each reaches itself) has one near.
    """
    waiting, sites = np.ones(len(near), dtype=bool), list[int]()
    weights = near.T.astype(np.float64)
    while waiting.any():
        litres = weights @ np.where(waiting, load_l, 0.0)
        best = int(np.argmax(np.round(litres, 6)))
        if litres[best] < least_l or not near[waiting, best].any():
            break
        sites.append(best)
        waiting &= ~near[:, best]
    if least_l <= 0:
        sites += [int(i) for i in np.flatnonzero(waiting)]
    return sites
