"""How long a proven placement takes: dominance, bound and fixing against plain HiGHS."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from time import perf_counter

import numpy as np
from scipy import sparse
from scipy.spatial import cKDTree

from benchmarks._memory import peak_mb
from spatial_analysis.methods.placement import Floor, Rules, cover_most, place

SIDE_M, CLUMPS, SEED = 10_000, 400, 8271
CASES = (  # demand, candidates, sites, radius m
    (5_000, 1_000, 20, 300),
    (5_000, 1_000, 20, 800),
    (20_000, 20_000, 50, 200),
    (20_000, 100_000, 50, 100),
)


def town(count: int, dice: np.random.Generator) -> np.ndarray:
    """`count` points: 70 % in clumps (sigma 30 to 300 m), the rest anywhere; (count, 2) metres."""
    centres = np.random.default_rng(SEED).uniform(0, SIDE_M, (CLUMPS, 2))
    width = np.random.default_rng(SEED + 1).uniform(30, 300, CLUMPS)
    at = dice.integers(0, CLUMPS, int(count * 0.7))
    clumped = centres[at] + dice.normal(size=(len(at), 2)) * width[at][:, None]
    return np.vstack([clumped, dice.uniform(0, SIDE_M, (count - len(at), 2))])


def case(demand: int, candidates: int, radius_m: float) -> tuple[np.ndarray, sparse.csr_array]:
    """People and reach of a seeded town."""
    dice = np.random.default_rng(SEED)
    places, sites = town(demand, dice), town(candidates, dice)
    near = cKDTree(sites).query_ball_point(places, radius_m)
    ends = np.cumsum([0, *(len(one) for one in near)])
    columns = np.concatenate([np.asarray(one, dtype=np.int64) for one in near])
    true = np.ones(ends[-1], dtype=bool)
    reach = sparse.csr_array((true, columns, ends), shape=(demand, candidates))
    return dice.integers(1, 100, demand).astype(float), reach


def one(
    demand: int, candidates: int, count: int, radius_m: float, *, as_json: bool = False
) -> None:
    """Print one line; run in a process of its own, so that the memory is its own."""
    people, reach = case(demand, candidates, radius_m)
    before = perf_counter()
    plan = place(people, reach, Rules(count=count), seconds=60, prune=True)
    seconds = perf_counter() - before
    if as_json:
        mb = round(peak_mb())
        told = {"seconds": seconds, "mb": mb, "proven": plan.proven, "gap_pct": plan.gap_pct}
        print(json.dumps(told))
        return
    short = 100 * (1 - sum(cover_most(people, reach, count=count).gains) / plan.objective)
    left = plan.params.get("columns_left", plan.params["columns"])
    mb = round(peak_mb())
    proof = "optimal" if plan.proven else f"gap {plan.gap_pct:.3f} %"
    print(
        f"{demand:>7} x {candidates:<7} {count:>5} {radius_m:>8.0f} {plan.params['rows']:>7}"
        f" {plan.params['columns']:>8} {left:>6} {seconds:>8.2f} {mb:>5} {short:>9.2f}  {proof}",
        flush=True,
    )


def budgeted() -> None:
    """500 candidates with money and three floors (median of five)."""
    people, reach = case(6_151, 500, 250)
    cost = np.random.default_rng(SEED).integers(8, 40, 500) * np.float64(1e6)
    floors = tuple(Floor(f"island {i}", tuple(range(i * 20, i * 20 + 20)), 1) for i in range(3))
    rules = Rules(budget=140e6, cost=cost, floors=floors)
    spent = []
    for _ in range(5):
        before = perf_counter()
        plan = place(people, reach, rules)
        spent.append(perf_counter() - before)
    print(
        f"\n6151 x 500, Rp 140 million, three floors: {np.median(spent):.2f} s (median of 5), "
        f"{len(plan.sites)} sites, {plan.objective:.0f} people, proven: {plan.proven}"
    )


def main() -> None:
    """Print the table of seconds, megabytes and proof."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--case", type=int, help="only this line of the table")
    parser.add_argument("--json", action="store_true", help="that line as JSON")
    given = parser.parse_known_args()[0]
    if given.case is not None:
        one(*CASES[given.case], as_json=given.json)
        return
    print(
        "  demand x sites    count radius_m    rows  columns   left  seconds    MB greedy_-%  proof"
    )
    for number in range(len(CASES)):
        subprocess.run(
            [sys.executable, "-m", "benchmarks.placement", "--case", str(number)], check=True
        )
    budgeted()


if __name__ == "__main__":
    main()
