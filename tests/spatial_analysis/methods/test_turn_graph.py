"""Turn rules and the price of turning round, against Dijkstra on the same turns in networkx."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import networkx as nx
import numpy as np
import pytest

from spatial_analysis.methods.paths import UNREACHABLE
from spatial_analysis.methods.paths_cch import build_topology
from spatial_analysis.methods.reach import reach_within
from spatial_analysis.methods.snapping import LEFT, RIGHT, Snap
from spatial_analysis.methods.speeds import Profile, served_by_side, weights_ms
from spatial_analysis.methods.street_graph import Streets
from spatial_analysis.methods.turn_graph import TurnRule, TurnStreets, build_turns

BACK_MS = 60_000


def made(ends: list[tuple[int, int]], places: np.ndarray, one_way: dict[int, int]) -> Streets:
    """Straight residential streets between places (degrees)."""
    edges = len(ends)
    frm, to = (np.array(column, dtype=np.int32) for column in zip(*ends, strict=True))
    direction = np.array([one_way.get(i, 0) for i in range(edges)], dtype=np.int8)
    return Streets(
        places[:, 0], places[:, 1], frm, to, np.full(edges, "residential"), direction,
        np.full(edges, np.nan), np.full(edges, np.nan), np.zeros(edges, dtype=np.int32),
        np.stack((places[frm], places[to]), axis=1).reshape(-1, 2),
        np.arange(edges + 1, dtype=np.int64) * 2, np.full(edges, ""),
    )  # fmt: skip


def ways_of(streets: Streets, rules: list[TurnRule]) -> TurnStreets:
    weights = weights_ms(streets, Profile.TRUCK)
    plain = build_topology(streets.tail, streets.head, streets.node_lon, streets.node_lat)
    turns = build_turns(streets, rules)
    turn_ms = turns.weights_ms(weights, back_ms=BACK_MS)
    return TurnStreets(
        streets, weights, plain.paths(weights), turns, turn_ms, turns.topology.paths(turn_ms)
    )


# A cross: west 0 - middle 1 - east 2, north 3 above and south 4 below the middle. 1.11 km each.
CROSS = np.array([[0.0, 0.0], [0.01, 0.0], [0.02, 0.0], [0.01, 0.01], [0.01, -0.01]])
ARMS = [(0, 1), (1, 2), (1, 3), (1, 4)]
WEST, EAST, NORTH = Snap(0, 0.5, 0, 0.0), Snap(1, 0.5, 0, 0.0), Snap(2, 0.5, 0, 0.0)


def test_a_forbidden_turn_is_not_taken():
    free, ruled = (
        ways_of(made(ARMS, CROSS, {}), []),
        ways_of(made(ARMS, CROSS, {}), [TurnRule(0, 1, 2)]),
    )
    assert [p.edge for p in free.route(WEST, NORTH).pieces] == [0, 2]
    assert [p.edge for p in ruled.route(WEST, NORTH).pieces] != [0, 2]
    # to the end of an arm and back there, where turning round costs nothing: the south arm twice
    south_ms = int(free.weights_ms[6])
    assert ruled.route(WEST, NORTH).cost_ms == free.route(WEST, NORTH).cost_ms + 2 * south_ms


def test_only_straight_on_forbids_every_other_way_on():
    ways = ways_of(made(ARMS, CROSS, {}), [TurnRule(0, 1, 1, only=True)])
    assert [p.edge for p in ways.route(WEST, EAST).pieces] == [0, 1]
    assert [p.edge for p in ways.route(WEST, NORTH).pieces][:2] != [0, 2]


def test_turning_round_costs_its_price_at_a_junction_and_nothing_at_a_dead_end():
    ways = ways_of(made(ARMS, CROSS, {}), [])
    graph = ways.turns
    at_middle = graph.back & (made(ARMS, CROSS, {}).head[graph.from_arc] == 1)
    assert graph.needless[at_middle].all() and at_middle.sum() == 4
    assert not graph.needless[graph.back & ~at_middle].any()


def test_a_closed_street_is_closed_to_turns_too_and_the_first_answer_stays():
    ways = ways_of(made(ARMS, CROSS, {}), [])
    before = ways.route(WEST, NORTH).cost_ms
    assert ways.without(np.array([2])).route(WEST, NORTH) is None
    assert ways.without(np.array([2])).costs_ms([WEST], [NORTH])[0, 0] == UNREACHABLE
    assert ways.route(WEST, NORTH).cost_ms == before


def test_round_the_block_when_the_goal_lies_behind_on_a_one_way_street():
    square = np.array([[0.0, 0.0], [0.01, 0.0], [0.01, 0.01], [0.0, 0.01]])
    ring = made([(0, 1), (1, 2), (2, 3), (3, 0)], square, {0: 1, 1: 1, 2: 1, 3: 1})
    ways = ways_of(ring, [])
    ahead, behind = Snap(0, 0.6, 0, 0.0), Snap(0, 0.4, 0, 0.0)
    path = ways.route(ahead, behind)
    assert [p.edge for p in path.pieces] == [0, 1, 2, 3, 0]
    assert path.cost_ms == int(ways.costs_ms([ahead], [behind])[0, 0])


def busy(streets: Streets, keeps: int = LEFT) -> TurnStreets:
    """Ways on the same streets, all of them roads that no crew crosses."""
    roads = replace(streets, street_class=np.full(len(streets), "secondary"))
    sided = served_by_side(roads, Profile.TRUCK)
    return replace(ways_of(roads, []), sided=sided, keeps=keeps)


def on(edge: int, fraction: float, side: int) -> Snap:
    return Snap(edge, fraction, side, 8.0, own_side=True)


def test_a_truck_passes_a_stop_on_its_own_side_of_a_busy_road():
    ways = busy(made(ARMS, CROSS, {}))
    arm_ms = int(ways.weights_ms[0])
    # from the east the south side of the west arm (drawn eastward: its right) lies at hand
    near, far = on(0, 0.5, RIGHT), on(0, 0.5, LEFT)
    direct, round_the_end = ways.route(EAST, near), ways.route(EAST, far)
    assert round_the_end.cost_ms == direct.cost_ms + arm_ms  # to the dead end and back
    assert [(p.edge, p.end) for p in round_the_end.pieces][-1] == (0, 0.5)
    assert ways.costs_ms([EAST], [near, far])[0].tolist() == [
        direct.cost_ms, round_the_end.cost_ms
    ]  # fmt: skip
    right = busy(made(ARMS, CROSS, {}), keeps=RIGHT)
    assert right.route(EAST, far).cost_ms == direct.cost_ms


def test_bins_that_face_each_other_across_a_busy_road_are_not_one_place():
    ways = busy(made(ARMS, CROSS, {}))
    here, there = on(0, 0.5, LEFT), on(0, 0.5, RIGHT)
    costs = ways.costs_ms([here, there], [here, there])
    assert costs.diagonal().tolist() == [0, 0]
    assert ways.route(here, there).cost_ms == costs[0, 1] > 0
    assert ways.route(there, here).cost_ms == costs[1, 0] > 0


def test_either_side_will_do_in_lanes_on_one_ways_and_for_whom_no_side_was_asked():
    lanes, plain = ways_of(made(ARMS, CROSS, {}), []), busy(made(ARMS, CROSS, {}))
    sided = replace(lanes, sided=served_by_side(lanes.streets, Profile.TRUCK))
    assert sided.route(EAST, on(0, 0.5, LEFT)).cost_ms == lanes.route(EAST, WEST).cost_ms
    assert plain.route(EAST, Snap(0, 0.5, LEFT, 8.0)).cost_ms == plain.route(EAST, WEST).cost_ms
    one_way = busy(made(ARMS, CROSS, {0: -1}))  # westward only: both sides are passed that way
    costs = one_way.costs_ms([EAST], [on(0, 0.5, LEFT), on(0, 0.5, RIGHT)])
    assert costs[0, 0] == costs[0, 1] < UNREACHABLE
    for other in (Profile.THREE_WHEELER, Profile.MOTORCYCLE):
        assert not served_by_side(plain.streets, other).any()


def random_town(seed: int) -> tuple[Streets, list[TurnRule], np.random.Generator]:
    """A 7 x 7 grid with one-ways and forty random rules."""
    random = np.random.default_rng(seed)
    side = 7
    y, x = np.divmod(np.arange(side * side), side)
    places = np.column_stack((x, y)) * 0.002 + random.uniform(0, 4e-4, size=(side * side, 2))
    node = np.arange(side * side).reshape(side, side)
    ends = [*zip(node[:, :-1].ravel(), node[:, 1:].ravel(), strict=True),
            *zip(node[:-1].ravel(), node[1:].ravel(), strict=True)]  # fmt: skip
    one_way = {int(i): int(random.choice((-1, 1))) for i in random.choice(len(ends), 20, False)}
    streets = made([(int(a), int(b)) for a, b in ends], places, one_way)
    rules = []
    for _ in range(40):
        via = int(random.integers(side * side))
        at = np.flatnonzero((streets.from_node == via) | (streets.to_node == via))
        a, b = random.choice(at, 2, replace=False)
        rules.append(TurnRule(int(a), via, int(b), only=bool(random.random() < 0.2)))
    return streets, rules, random


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_matrix_and_route_cost_what_networkx_says_on_the_same_turns(seed: int):
    streets, rules, random = random_town(seed)
    plain = ways_of(streets, rules)
    sided = replace(plain, sided=random.random(len(streets)) < 0.5)
    ways = sided.without(random.choice(len(streets), 3, replace=False))
    graph = nx.DiGraph()
    graph.add_nodes_from(range(2 * len(streets)))
    for a, b, ms in zip(ways.turns.from_arc, ways.turns.to_arc, ways.turn_ms, strict=True):
        if ms < UNREACHABLE:
            graph.add_edge(int(a), int(b), weight=int(ms))
    chosen = random.choice(len(streets), 20, replace=False)
    stops = [on(int(e), 0.5, int(random.choice((-1, 0, 1)))) for e in chosen]
    costs = ways.costs_ms(stops, stops)
    for i, start in enumerate(stops):
        for j, goal in enumerate(stops):
            if i == j:
                continue
            told = UNREACHABLE
            for out_arc, out_ms in ways._leave(start):
                reached = nx.single_source_dijkstra_path_length(graph, out_arc)
                for in_arc, in_ms in ways._enter(goal):
                    if in_arc in reached:
                        told = min(told, out_ms + reached[in_arc] - in_ms)
            assert costs[i, j] == told
            path = ways.route(start, goal)
            assert (UNREACHABLE if path is None else path.cost_ms) == told


@pytest.mark.parametrize("seed", [4, 5])
def test_no_way_breaks_a_rule(seed: int):
    streets, rules, random = random_town(seed)
    ways = ways_of(streets, rules)
    allowed = set(zip(ways.turns.from_arc.tolist(), ways.turns.to_arc.tolist(), strict=True))
    stops = [Snap(int(e), 0.5, 0, 0.0) for e in random.choice(len(streets), 16, replace=False)]
    for start in stops:
        for goal in stops:
            path = ways.route(start, goal)
            arcs = [2 * p.edge + (p.start > p.end) for p in path.pieces] if path else []
            assert all(turn in allowed for turn in pairwise(arcs))


# ------------------------------------------------------------------ reach


def test_reach_does_not_take_a_forbidden_turn():
    limit = 300_000  # half the west arm, and any one arm whole: 100 s + 200 s at 20 km/h
    free, ruled = (ways_of(made(ARMS, CROSS, {}), r) for r in ([], [TurnRule(0, 1, 2)]))
    assert reach_within(free, WEST, limit + 1000).covered() == pytest.approx(np.ones(4))
    assert reach_within(ruled, WEST, limit + 1000).covered() == pytest.approx([1, 1, 0, 1])


def test_reach_obeys_only_straight_on_and_turns_where_the_street_ends():
    square = np.array([[0.0, 0.0], [0.01, 0.0], [0.02, 0.0], [0.01, 0.01]])
    streets = made([(0, 1), (1, 2), (1, 3)], square, {0: 1})
    ways = ways_of(streets, [TurnRule(0, 1, 1, only=True)])
    whole, half = int(ways.weights_ms[2]), int(ways.weights_ms[4]) // 2
    # to the end of the east arm and back (a dead end: free), then up the north arm
    reach = reach_within(ways, Snap(0, 1.0, 0, 0.0), 2 * whole + half)
    assert reach.covered() == pytest.approx([0, 1, 0.5], abs=1e-3)


@pytest.mark.parametrize("seed", range(8))
def test_reach_holds_the_arcs_that_dijkstra_on_the_turns_finds(seed: int):
    random = np.random.default_rng(seed)
    places = random.uniform(0, 0.03, size=(14, 2))
    ends = [tuple(random.choice(14, 2, replace=False)) for _ in range(34)]
    streets = made(ends, places, {i: int(random.integers(-1, 2)) for i in range(12)})
    rules = [
        TurnRule(int(a), int(streets.to_node[a]), int(b), only=bool(random.random() < 0.2))
        for a, b in random.choice(34, size=(25, 2))
    ]
    ways = ways_of(streets, rules)
    start, limit = Snap(int(random.integers(34)), 0.3, 0, 0.0), 400_000
    graph = nx.DiGraph()
    turns = zip(ways.turns.from_arc, ways.turns.to_arc, ways.turn_ms, strict=True)
    graph.add_weighted_edges_from((int(a), int(b), int(w)) for a, b, w in turns if w < UNREACHABLE)
    for arc, spent in ways._leave(start):
        graph.add_edge("start", arc, weight=spent)
    ended = nx.single_source_dijkstra_path_length(graph, "start", cutoff=limit)
    whole = {arc for arc in ended if arc != "start"} - {a for a, _ in ways._leave(start)}
    entry = ways.entry_ms(start, limit)
    done = np.flatnonzero(entry + ways.weights_ms <= limit)
    assert set(done.tolist()) - {a for a, _ in ways._leave(start)} == whole
    for arc in whole:
        assert entry[arc] + ways.weights_ms[arc] == ended[arc]
