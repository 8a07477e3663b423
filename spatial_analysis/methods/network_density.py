"""Heat along streets: a kernel that walks the network and never cuts across a block."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse
from scipy.sparse.csgraph import dijkstra
from scipy.sparse.linalg import splu

from spatial_analysis.methods.errors import MethodError
from spatial_analysis.methods.frame import Floats, Ints, frozen

VERSION = "1"
STEPS = 64  # steps of time of the heat equation


class BadNetwork(MethodError):
    """A network needs edges between its nodes with lengths > 0, and places on those edges."""


@dataclass(frozen=True, slots=True)
class Streets:
    """Edges (e,) between nodes with lengths in metres; undirected."""

    tail: Ints
    head: Ints
    length_m: Floats
    nodes: int

    @classmethod
    def of(cls, edges: ArrayLike, length_m: ArrayLike, nodes: int) -> Streets:
        """edges : (e, 2) node numbers. Raises BadNetwork."""
        pairs, length = np.asarray(edges, dtype=np.int64), np.asarray(length_m, dtype=np.float64)
        fine = pairs.ndim == 2 and pairs.shape[1:] == (2,) and length.shape == (len(pairs),)
        if not fine or not len(pairs) or pairs.min() < 0 or pairs.max() >= nodes:
            raise BadNetwork
        if not np.isfinite(length).all() or (length <= 0).any():
            raise BadNetwork
        return cls(frozen(pairs[:, 0].copy()), frozen(pairs[:, 1].copy()), frozen(length), nodes)


@dataclass(frozen=True, slots=True)
class NetworkDensity:
    """Events per metre of street on lixels, and at the places that were given.

    edge, start_m, length_m, value : (k,) pieces of street in the order of their edges;
    sum of value * length_m is the number of events
    """

    edge: Ints
    start_m: Floats
    length_m: Floats
    value: Floats
    at_places: Floats
    params: dict[str, Any] = field(default_factory=dict)
    version: str = VERSION

    @property
    def total(self) -> float:
        """Events on the whole network."""
        return float((self.value * self.length_m).sum())


def heat_on_network(
    streets: Streets,
    edge_of: ArrayLike,
    part: ArrayLike,
    *,
    sigma_m: float,
    piece_m: float,
    weights: ArrayLike | None = None,
) -> NetworkDensity:
    """Diffuse each event's heat along the streets for a time of sigma²/2.

    The Gaussian kernel of a network: at junctions heat splits among all streets, dead ends
    reflect, parts that are not joined never exchange any, nothing is lost. Streets are cut in
    pieces of at most `piece_m`; implicit steps of second order (Crank-Nicolson after two of
    Euler), unconditionally stable. O(pieces x STEPS) after one sparse factorisation.

    edge_of : (n,) street of each event; part : (n,) 0..1 along it; weights : (n,) None: 1

    Raises BadNetwork.

    Source: McSwiggan, Baddeley & Nair (2017), Kernel density estimation on a linear network,
    doi:10.1111/sjos.12255.
    """
    on, share = _places(streets, edge_of, part)
    if not (np.isfinite([sigma_m, piece_m]).all() and sigma_m > 0 and piece_m > 0):
        raise BadNetwork
    load = np.ones(len(on)) if weights is None else np.asarray(weights, dtype=np.float64)
    if load.shape != on.shape or not np.isfinite(load).all() or (load < 0).any():
        raise BadNetwork("weights must be finite numbers >= 0, one for each place")
    pieces = np.maximum(1, np.ceil(streets.length_m / piece_m)).astype(np.int64)
    first = np.concatenate([[0], np.cumsum(pieces - 1)]) + streets.nodes
    chain, step, owner = _chain(streets, pieces, first)
    size = int(first[-1])
    ends = np.bincount(chain.ravel(), weights=np.repeat(step / 2, 2), minlength=size)
    half = ends.astype(np.float64)
    spread = _interpolation(streets, pieces, first, on, share, size)
    mass = np.asarray(spread.T @ load, dtype=np.float64)
    heat = _diffused(mass, half, chain, step, sigma_m**2 / 2)
    value = heat[chain].mean(axis=1)
    start = np.concatenate([np.arange(n) * length / n for n, length in
                            zip(pieces, streets.length_m, strict=True)])  # fmt: skip
    params = {"sigma_m": sigma_m, "piece_m": piece_m, "kernel": "heat equation", "steps": STEPS}
    return NetworkDensity(
        frozen(owner), frozen(start), frozen(step), frozen(value), frozen(spread @ heat), params
    )


def _places(streets: Streets, edge_of: ArrayLike, part: ArrayLike) -> tuple[Ints, Floats]:
    on, share = np.asarray(edge_of, dtype=np.int64), np.asarray(part, dtype=np.float64)
    fine = on.shape == share.shape and on.ndim == 1 and len(on)
    if not fine or on.min() < 0 or on.max() >= len(streets.length_m):
        raise BadNetwork
    if not np.isfinite(share).all() or share.min() < 0 or share.max() > 1:
        raise BadNetwork
    return on, share


def _chain(streets: Streets, pieces: Ints, first: Ints) -> tuple[Ints, Floats, Ints]:
    """Pieces as pairs of points (k, 2), their lengths (k,), and the edge of each."""
    pairs = []
    for e, n in enumerate(pieces):
        inner = np.arange(first[e], first[e] + n - 1)
        points = np.concatenate([[streets.tail[e]], inner, [streets.head[e]]])
        pairs.append(np.column_stack([points[:-1], points[1:]]))
    owner = np.repeat(np.arange(len(pieces)), pieces)
    return np.vstack(pairs).astype(np.int64), (streets.length_m / pieces)[owner], owner


def _interpolation(
    streets: Streets, pieces: Ints, first: Ints, on: Ints, share: Floats, size: int
) -> sparse.csr_array:
    """(n, points): each place between the two points of its piece, by nearness."""
    along = share * pieces[on]
    number = np.minimum(np.floor(along).astype(np.int64), pieces[on] - 1)
    rest = along - number
    left = np.where(number == 0, streets.tail[on], first[on] + number - 1)
    right = np.where(number == pieces[on] - 1, streets.head[on], first[on] + number)
    rows = np.tile(np.arange(len(on)), 2)
    values = np.concatenate([1 - rest, rest])
    columns = np.concatenate([left, right])
    return sparse.csr_array((values, (rows, columns)), shape=(len(on), size))


def _diffused(mass: Floats, half: Floats, chain: Ints, step: Floats, time: float) -> Floats:
    """Density at the points after `time`, from masses put there at time 0."""
    i, j, flow = chain[:, 0], chain[:, 1], 1 / step
    size = len(half)
    ground = np.maximum(half, 1e-300)
    off = sparse.csr_array(
        (np.concatenate([flow, flow]), (np.concatenate([i, j]), np.concatenate([j, i]))),
        shape=(size, size),
    )
    laplace = sparse.diags_array(np.asarray(off.sum(axis=1)).ravel()) - off
    weight = sparse.diags_array(ground)
    dt = time / STEPS
    euler = splu(sparse.csc_matrix(weight + (dt / 2) * laplace))
    heat = mass / ground
    for _ in range(4):  # two steps, each as two half steps of Euler: damps the spikes
        heat = euler.solve(ground * heat)
    for _ in range(STEPS - 2):  # Crank-Nicolson has the same matrix as a half step of Euler
        heat = euler.solve(ground * heat - (dt / 2) * (laplace @ heat))
    return np.maximum(heat, 0.0)


def path_distances(
    streets: Streets, edge_of: ArrayLike, part: ArrayLike, *, limit_m: float = np.inf
) -> Floats:
    """(n, n) metres along the streets between places; inf where no way leads or beyond limit.

    O(n e log e) time, O(n²) memory: for some thousands of places.
    """
    on, share = _places(streets, edge_of, part)
    graph = _graph(streets)
    ends = np.column_stack([streets.tail[on], streets.head[on]])
    to_end = np.column_stack([share, 1 - share]) * streets.length_m[on, None]
    nodes, where = np.unique(ends, return_inverse=True)
    between = dijkstra(graph, directed=False, indices=nodes, limit=limit_m)[:, nodes]
    where = where.reshape(-1, 2)
    far = np.full((len(on), len(on)), np.inf)
    for a in range(2):
        for b in range(2):
            way = to_end[:, a, None] + between[np.ix_(where[:, a], where[:, b])]
            far = np.minimum(far, way + to_end[None, :, b])
    same = on[:, None] == on[None, :]
    direct = np.abs(share[:, None] - share[None, :]) * streets.length_m[on, None]
    return np.where(same, np.minimum(far, direct), far)


def _graph(streets: Streets) -> sparse.csr_array:
    """Shortest edge between any two nodes."""
    low = np.minimum(streets.tail, streets.head)
    high = np.maximum(streets.tail, streets.head)
    order = np.lexsort((streets.length_m, high, low))
    low, high, length = low[order], high[order], streets.length_m[order]
    kept = np.append(True, (low[1:] != low[:-1]) | (high[1:] != high[:-1])) & (low != high)
    size = (streets.nodes, streets.nodes)
    return sparse.csr_array((length[kept], (low[kept], high[kept])), shape=size)
