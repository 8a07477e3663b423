"""The port of cheapest paths: both adapters pass the same tests, and agree with given costs."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from spatial_analysis.methods.paths import UNREACHABLE, BadWeights, StreetPaths
from spatial_analysis.methods.paths_cch import HAS_CCH, MANY, build_topology
from spatial_analysis.methods.paths_scipy import ScipyPaths
from spatial_analysis.methods.paths_sweep import Sweep
from tests.shared_data import shared

Maker = Callable[..., StreetPaths]


def by_scipy(tail: list[int], head: list[int], weights: list[int], nodes: int) -> StreetPaths:
    return ScipyPaths(np.array(tail), np.array(head), np.array(weights), nodes=nodes)


def by_cch(tail: list[int], head: list[int], weights: list[int], nodes: int) -> StreetPaths:
    place = np.arange(nodes, dtype=float)
    topology = build_topology(np.array(tail), np.array(head), place, place)
    return topology.paths(np.array(weights))


needs_wheel = pytest.mark.skipif(not HAS_CCH, reason="no wheel")
ADAPTERS = [
    pytest.param(by_scipy, id="scipy"),
    pytest.param(by_cch, id="cch", marks=needs_wheel),
]
each_adapter = pytest.mark.parametrize("paths_of", ADAPTERS)

#        0 --5--> 1 --5--> 2        a detour 0 -> 3 -> 2 of 4 + 4, and 2 -> 0 only by 20
TAIL, HEAD, COST = [0, 1, 0, 3, 2], [1, 2, 3, 2, 0], [5, 5, 4, 4, 20]


@each_adapter
def test_the_detour_that_costs_less_is_taken(paths_of: Maker):
    found = paths_of(TAIL, HEAD, COST, 4).route(0, 2)
    assert found is not None
    assert (found.cost, found.arcs) == (8, (2, 3))


@each_adapter
def test_a_one_way_costs_more_on_the_way_back(paths_of: Maker):
    matrix = paths_of(TAIL, HEAD, COST, 4).matrix(np.array([0, 2]), np.array([0, 2]))
    assert matrix.tolist() == [[0, 8], [20, 0]]


@each_adapter
def test_of_two_parallel_streets_the_cheap_one_is_the_answer_and_they_never_add_up(
    paths_of: Maker,
):
    paths = paths_of([0, 0, 0], [1, 1, 1], [9, 4, 7], 2)
    found = paths.route(0, 1)
    assert found is not None and (found.cost, found.arcs) == (4, (1,))
    assert paths.matrix(np.array([0]), np.array([1])).tolist() == [[4]]


@each_adapter
def test_where_no_way_leads_the_matrix_says_so_and_a_route_is_none(paths_of: Maker):
    paths = paths_of([0], [1], [3], 3)
    assert paths.route(1, 0) is None
    matrix = paths.matrix(np.array([1, 0]), np.array([0, 2]))
    assert matrix.tolist() == [[UNREACHABLE, UNREACHABLE], [0, UNREACHABLE]]


@each_adapter
def test_staying_where_one_is_costs_nothing(paths_of: Maker):
    found = paths_of(TAIL, HEAD, COST, 4).route(3, 3)
    assert found is not None and (found.cost, found.arcs) == (0, ())


@each_adapter
def test_a_closure_makes_a_detour_and_the_old_paths_stay_as_they_were(paths_of: Maker):
    paths = paths_of(TAIL, HEAD, COST, 4)
    shut = paths.with_closures(np.array([3]))
    after, before = shut.route(0, 2), paths.route(0, 2)
    assert after is not None and (after.cost, after.arcs) == (10, (0, 1))
    assert before is not None and before.cost == 8


@each_adapter
def test_reach_stops_at_its_limit(paths_of: Maker):
    reached = paths_of(TAIL, HEAD, COST, 4).reach(0, 5)
    assert reached.tolist() == [0, 5, UNREACHABLE, 4]


@each_adapter
def test_the_same_source_and_target_may_be_asked_for_twice(paths_of: Maker):
    paths = paths_of(TAIL, HEAD, COST, 4)
    assert paths.matrix(np.array([0, 0]), np.array([2, 2, 3])).tolist() == [[8, 8, 4]] * 2


@each_adapter
def test_a_weight_of_zero_is_refused(paths_of: Maker):
    with pytest.raises(BadWeights):
        paths_of([0], [1], [0], 2)


@each_adapter
def test_random_networks_agree_with_the_sum_along_the_route(paths_of: Maker):
    random = np.random.default_rng(5)
    for _ in range(20):
        nodes, arcs = 30, 70
        tail, head = random.integers(nodes, size=(2, arcs))
        cost = random.integers(1, 1000, size=arcs)
        paths = paths_of(tail.tolist(), head.tolist(), cost.tolist(), nodes)
        every = np.arange(nodes)
        matrix = paths.matrix(every, every)
        for a, b in random.integers(nodes, size=(20, 2)):
            found = paths.route(int(a), int(b))
            assert (found is None) == (matrix[a, b] == UNREACHABLE)
            if found is not None:
                assert found.cost == matrix[a, b] == cost[list(found.arcs)].sum()


@needs_wheel
def test_a_large_matrix_is_swept_and_says_what_dijkstra_says_with_closures_and_without():
    random = np.random.default_rng(11)
    nodes, arcs = 400, 900
    tail, head = random.integers(nodes, size=(2, arcs))  # loops, parallels and dead ends too
    weights = random.integers(1, 60_000, size=arcs)
    weights[random.random(arcs) < 0.1] = UNREACHABLE
    shut = random.choice(arcs, 120, replace=False)
    place = random.uniform(0, 1, size=(2, nodes))
    paths = build_topology(tail, head, place[0], place[1]).paths(weights)
    oracle = ScipyPaths(tail, head, weights, nodes=nodes)
    starts, ends = random.integers(
        nodes, size=(2, 151)
    )  # some twice, the last rows no full sixteen
    assert len(starts) * len(np.unique(ends)) >= MANY
    for ours, theirs in ((paths, oracle), (paths.with_closures(shut), oracle.with_closures(shut))):
        told = ours.matrix(starts, ends)
        assert np.array_equal(told, theirs.matrix(starts, ends))
        assert (told == UNREACHABLE).any() and (told < UNREACHABLE).any()


@needs_wheel
def test_a_way_that_would_cost_more_than_can_be_said_is_no_way():
    half = UNREACHABLE // 2 + 1
    tail, head, weights = np.array([0, 1, 1]), np.array([1, 2, 3]), np.array([half, half, 5])
    line = np.arange(4.0)
    topology = build_topology(tail, head, line, line)
    told = Sweep(topology.contraction, weights.astype(np.uint32)).matrix([0, 3], [0, 1, 2, 3])
    assert told.tolist() == [[0, half, UNREACHABLE, half + 5], [UNREACHABLE] * 3 + [0]]


def read_gz(path: Path) -> pd.DataFrame:
    with gzip.open(path) as file:
        return pd.read_csv(file)


@each_adapter
@pytest.mark.parametrize(
    "network", ["paths-gozo", pytest.param("paths-malta", marks=pytest.mark.slow)]
)
def test_every_given_pair_of_a_real_network_costs_what_is_known(paths_of: Maker, network: str):
    folder = shared(f"routing/{network}", "routes against known costs")
    arcs, pairs = read_gz(folder / "arcs.csv.gz"), pd.read_csv(folder / "pairs.csv")
    nodes = len(read_gz(folder / "nodes.csv.gz"))
    ends = arcs["tail"].tolist(), arcs["head"].tolist()
    shut = np.flatnonzero(arcs["closed_in_scenario"])
    lengths = paths_of(*ends, arcs["length_mm"].tolist(), nodes)
    times = paths_of(*ends, arcs["time_ms"].tolist(), nodes)
    asked = {
        "length_mm": lengths, "time_ms": times, "time_ms_closed": times.with_closures(shut),
    }  # fmt: skip
    for column, paths in asked.items():
        assert np.array_equal(costs_of(paths, pairs), pairs[column].to_numpy()), column


def costs_of(paths: StreetPaths, pairs: pd.DataFrame) -> NDArray[np.int64]:
    """Cost of every asked pair, -1 where no way leads."""
    sources, row = np.unique(pairs["source"], return_inverse=True)
    targets, column = np.unique(pairs["target"], return_inverse=True)
    matrix = np.vstack([paths.matrix(part, targets) for part in np.array_split(sources, 10)])
    found = matrix[row, column].astype(np.int64)
    return np.where(found == UNREACHABLE, -1, found)


def test_threads_on_one_set_of_weights_get_right_answers_and_do_not_crash():
    random = np.random.default_rng(3)
    tail, head = random.integers(60, size=(2, 400))
    weights = random.integers(1, 1000, size=400)
    place = random.uniform(0, 1, size=(2, 60))
    paths = build_topology(tail, head, place[0], place[1]).paths(weights)
    every = np.arange(60)
    told = paths.matrix(every, every)

    def differs(number: int) -> int:
        a, b = number % 60, (7 * number) % 60
        found = paths.route(a, b)
        cost = UNREACHABLE if found is None else found.cost
        row = paths.matrix(every[a : a + 1], every)[0]
        return int(cost != told[a, b] or (row != told[a]).any())

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(differs, range(3000))) == 0
