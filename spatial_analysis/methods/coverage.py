"""Who is within reach of which site: by radius, by foot along streets, never across the sea."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import cKDTree

from spatial_analysis.methods.errors import MethodError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
CHUNK = 64  # sites walked from at a time; bounds the memory to CHUNK x nodes
BLOCK = 512  # sites looked round at a time; bounds the lists that the tree answers with
NOWHERE = -1
NEXT_NODES = 60  # street nodes tried when the nearest lies across water
DRY_M = 1.0  # water that the straight way to a street may touch: the coast is not known better


class BadPlaces(MethodError):
    """Coordinates must be finite metres, (n, 2), with one island number for each point."""


class StreetOverWater(MethodError):
    """A street joins two islands; only a ferry may, and nobody walks on a ferry line."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Pairs of place and site within reach, with their distance; sorted by place, then site."""

    places: Ints
    sites: Ints
    metres: Floats
    shape: tuple[int, int]

    def matrix(self) -> sparse.csr_array[np.bool_]:
        """(places, sites), True where the site serves the place."""
        true = np.ones(len(self.places), dtype=bool)
        return sparse.csr_array((true, (self.places, self.sites)), shape=self.shape)

    def served(self, sites: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """(places,) True where at least one of `sites` (mask) serves the place."""
        return self.times(sites) > 0

    def times(self, sites: NDArray[np.bool_]) -> Ints:
        """(places,) how many of `sites` (mask) serve the place."""
        return np.bincount(self.places[sites[self.sites]], minlength=self.shape[0])


@dataclass(frozen=True, slots=True)
class StreetGraph:
    """Streets as an undirected graph of nodes in metres, each node on one island."""

    xy: Floats
    island: Ints
    lengths: sparse.csr_array[np.float64]

    def components(self) -> Ints:
        """Connected part that each node belongs to."""
        return np.asarray(connected_components(self.lengths, directed=False)[1], dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Snapped:
    """Node that each point enters the streets at (NOWHERE: too far off), and the way there."""

    node: Ints
    metres: Floats


def reach_radius(
    places: Floats,
    sites: Floats,
    radius_m: float | Floats,
    *,
    place_island: Ints | None = None,
    site_island: Ints | None = None,
) -> Reach:
    """Pairs no further apart than the radius (<=), in a straight line.

    places : (n, 2), sites : (m, 2) metres in one projected frame
    radius_m : one for all, or (m,) one for each site
    place_island, site_island : with both, no pair joins two islands (radio may: leave out)

    Raises BadPlaces. Squared metres are compared, with no tolerance. O((n + m) log n + pairs).
    """
    _check(places, place_island)
    _check(sites, site_island)
    radius = np.broadcast_to(np.asarray(radius_m, dtype=np.float64), len(sites))
    if not len(places) or not len(sites):
        return _pairs([], [], [], (len(places), len(sites)))
    place, site = _within(cKDTree(places), sites, radius * (1 + 1e-9) + 1e-9)
    squared = ((places[place] - sites[site]) ** 2).sum(axis=1)
    kept = squared <= radius[site] ** 2
    if place_island is not None and site_island is not None:
        kept &= place_island[place] == site_island[site]
    return _pairs(place[kept], site[kept], np.sqrt(squared[kept]), (len(places), len(sites)))


def street_graph(xy: Floats, island: Ints, edges: Ints, length_m: Floats) -> StreetGraph:
    """Build the graph that people walk on: both ways along every street.

    xy : (k, 2) nodes in metres; island : (k,) island number of each
    edges : (e, 2) node numbers; length_m : (e,) metres along the street, >= 0

    Of parallel streets the shortest counts. Raises BadPlaces, StreetOverWater.
    """
    _check(xy, island)
    if (island[edges[:, 0]] != island[edges[:, 1]]).any():
        raise StreetOverWater
    low, high = edges.min(axis=1), edges.max(axis=1)
    order = np.lexsort((length_m, high, low))
    first = np.ones(len(order), dtype=bool)
    first[1:] = (np.diff(low[order]) != 0) | (np.diff(high[order]) != 0)
    kept = order[first & (low[order] != high[order])]
    a, b = low[kept], high[kept]
    metres = np.maximum(length_m[kept], 1e-6)  # a stored nought would read as "no street"
    shape = (len(xy), len(xy))
    both = (np.concatenate([a, b]), np.concatenate([b, a]))
    return StreetGraph(xy, island, sparse.csr_array((np.tile(metres, 2), both), shape=shape))


def snap(
    points: Floats,
    island: Ints,
    graph: StreetGraph,
    *,
    most_m: float,
    lands: Mapping[int, shapely.Geometry] | None = None,
) -> Snapped:
    """Nearest street node of the same island, no further off than `most_m` (<=).

    points : (n, 2) metres; island : (n,). Points of an island without streets get NOWHERE.
    lands : ground of each island in metres; with it the straight way to the street stays on the
    ground (DRY_M of water forgiven), so a node across a bay is passed over for one of the next
    NEXT_NODES, or none. A point that itself lies off the ground enters where it is nearest.
    """
    _check(points, island)
    node = np.full(len(points), NOWHERE, dtype=np.int64)
    metres = np.full(len(points), np.inf)
    for one in np.unique(island):
        here, inside = np.flatnonzero(island == one), np.flatnonzero(graph.island == one)
        if not len(inside):
            continue
        tree = cKDTree(graph.xy[inside])
        far, at = tree.query(points[here])
        near = far <= most_m
        node[here[near]] = inside[at[near]]
        metres[here[near]] = far[near]
        if lands is not None and int(one) in lands:
            ground = shapely.buffer(lands[int(one)], DRY_M)
            _keep_dry(points, graph.xy, here[near], inside, tree, ground, most_m, node, metres)
    return Snapped(node, metres)


def _keep_dry(
    points: Floats,
    nodes: Floats,
    here: Ints,
    inside: Ints,
    tree: cKDTree,
    ground: shapely.Geometry,
    most_m: float,
    node: Ints,
    metres: Floats,
) -> None:
    """Move points whose way to the street crosses water to the next node with a dry way."""
    shapely.prepare(ground)

    def dry(who: Ints, where: Ints) -> NDArray[np.bool_]:
        ways = shapely.linestrings(np.stack([points[who], nodes[where]], axis=1))
        return np.asarray(shapely.covers(ground, ways), dtype=bool)

    wet = here[~dry(here, node[here])]
    wet = wet[shapely.contains_xy(ground, points[wet])]
    if not len(wet):
        return
    node[wet], metres_of = NOWHERE, tree.query(points[wet], k=min(NEXT_NODES, len(inside)))
    metres[wet] = np.inf
    far, at = (np.asarray(part).reshape(len(wet), -1) for part in metres_of)
    for k in range(far.shape[1]):
        open_ = np.flatnonzero((node[wet] == NOWHERE) & (far[:, k] <= most_m))
        fine = open_[dry(wet[open_], inside[at[open_, k]])] if len(open_) else open_
        node[wet[fine]], metres[wet[fine]] = inside[at[fine, k]], far[fine, k]


def reach_walk(graph: StreetGraph, places: Snapped, sites: Snapped, walk_m: float) -> Reach:
    """Pairs no further apart than `walk_m` (<=) on foot: to the street, along it, off it.

    A bounded Dijkstra from each site, CHUNK sites at a time. No pair joins two islands,
    because no street does. O(sites x reached streets x log); memory CHUNK x nodes.
    """
    shape = (len(places.node), len(sites.node))
    by_node = np.argsort(places.node, kind="stable")
    on_street = by_node[np.searchsorted(places.node[by_node], 0) :]
    nodes = places.node[on_street]
    found: list[tuple[Ints, Ints, Floats]] = []
    walkers = np.flatnonzero(sites.node != NOWHERE)
    for start in range(0, len(walkers), CHUNK):
        group = walkers[start : start + CHUNK]
        metres = dijkstra(graph.lengths, indices=sites.node[group], limit=walk_m)[:, nodes]
        metres += sites.metres[group][:, None] + places.metres[on_street][None, :]
        site, place = np.nonzero(metres <= walk_m)
        found.append((on_street[place], group[site], metres[site, place]))
    if not found:
        return _pairs([], [], [], shape)
    place, site, far = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return _pairs(place, site, far, shape)


def nearest_walk(graph: StreetGraph, places: Snapped, sites: Snapped) -> tuple[Floats, Ints]:
    """Metres on foot to the nearest site, and which it is (inf and NOWHERE: none on the way).

    One Dijkstra from all sites at once; a site's own way to the street counts.
    """
    ours = np.flatnonzero(sites.node != NOWHERE)
    metres = np.full(len(places.node), np.inf)
    nearest = np.full(len(places.node), NOWHERE, dtype=np.int64)
    if not len(ours):
        return metres, nearest
    k = len(graph.xy)
    door = sparse.csr_array(  # one extra node for each site, joined to its street
        (np.maximum(sites.metres[ours], 1e-6), (np.arange(len(ours)), sites.node[ours])),
        shape=(len(ours), k),
    )
    whole = sparse.csr_array(sparse.block_array([[graph.lengths, door.T], [door, None]]))
    far, _, source = dijkstra(
        whole, indices=np.arange(k, k + len(ours)), min_only=True, return_predecessors=True
    )
    snapped = np.flatnonzero(places.node != NOWHERE)
    at = places.node[snapped]
    metres[snapped] = far[at] + places.metres[snapped]
    nearest[snapped] = np.where(np.isfinite(far[at]), ours[(source[at] - k) % len(ours)], NOWHERE)
    return metres, nearest


def served_people(
    people: Floats, served: NDArray[np.bool_], group: Sequence[object] | NDArray[np.generic]
) -> dict[object, tuple[float, float]]:
    """People served and people in all, of each group (island, kelurahan...), sorted by group."""
    names, at = np.unique(np.asarray(group), return_inverse=True)
    whole = np.bincount(at, weights=people, minlength=len(names))
    reached = np.bincount(at, weights=np.where(served, people, 0.0), minlength=len(names))
    rows = zip(names.tolist(), reached, whole, strict=True)
    return {name: (float(some), float(full)) for name, some, full in rows}


def _within(tree: cKDTree, sites: Floats, radius: Floats) -> tuple[Ints, Ints]:
    """Numbers of place and site of all pairs within the radius, BLOCK sites at a time."""
    found: list[tuple[Ints, Ints]] = []
    for start in range(0, len(sites), BLOCK):
        block = slice(start, start + BLOCK)
        near = tree.query_ball_point(sites[block], radius[block])
        size = np.array([len(one) for one in near], dtype=np.int64)
        place = np.concatenate([np.asarray(one, dtype=np.int64) for one in near])
        found.append((place, start + np.repeat(np.arange(len(near)), size)))
    place, site = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return place, site


def _check(xy: Floats, island: Ints | None) -> None:
    shaped = xy.ndim == 2 and xy.shape[1] == 2 and np.isfinite(xy).all()
    if not shaped or (island is not None and len(island) != len(xy)):
        raise BadPlaces
    if len(xy) and np.abs(xy).max() <= 360:  # degrees, or a city of 700 m
        raise BadPlaces


def _pairs(
    places: Sequence[int] | Ints,
    sites: Sequence[int] | Ints,
    metres: Sequence[float] | Floats,
    shape: tuple[int, int],
) -> Reach:
    place, site = np.asarray(places, dtype=np.int64), np.asarray(sites, dtype=np.int64)
    order = np.lexsort((site, place))
    far = np.asarray(metres, dtype=np.float64)
    return Reach(place[order], site[order], far[order], shape)
