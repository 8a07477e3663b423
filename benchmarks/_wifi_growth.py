"""Growth of coverage and placement, in processes of their own; spopt beside at the small sizes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks._memory import peak_mb
from benchmarks._peers import environment
from benchmarks.placement import SEED, SIDE_M, town
from spatial_analysis.methods.coverage import reach_radius
from spatial_analysis.methods.placement import Rules, place

LIST = Path(__file__).parent / "peers_placement.txt"
RADIUS_M, SITES, LIMIT_S = 150.0, 20, 120.0
CELLS, CANDIDATES = (10_000, 100_000, 1_000_000), (100, 1_000, 10_000)
PEER_CASES = ((1_000, 100), (10_000, 100), (1_000, 1_000))
PEER = """
import json, sys, time
import numpy, pulp
from spopt.locate import MCLP
given = numpy.load(sys.argv[1])
began = time.perf_counter()
far = numpy.hypot(*(given["places"][:, None, :] - given["sites"][None, :, :]).transpose(2, 0, 1))
radius, count = float(sys.argv[2]), int(sys.argv[3])
model = MCLP.from_cost_matrix(far, given["people"], radius, p_facilities=count)
solver = pulp.PULP_CBC_CMD(msg=False, timeLimit=float(sys.argv[4]))
model = model.solve(solver)
high = next(line for line in open("/proc/self/status") if line.startswith("VmHWM:"))
print(json.dumps({"seconds": time.perf_counter() - began, "mb": int(high.split()[1]) / 1024,
    "people": model.problem.objective.value()}))
"""


def made(cells: int, candidates: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Seeded places, sites and people."""
    dice = np.random.default_rng(SEED)
    places, sites = town(cells, dice) + SIDE_M, town(candidates, dice) + SIDE_M
    return places, sites, dice.integers(1, 100, cells).astype(float)


def one(cells: int, candidates: int) -> None:
    """Print one case as JSON: seconds of reach and of the plan, MB, people, proof."""
    places, sites, people = made(cells, candidates)
    began = perf_counter()
    reach = reach_radius(places, sites, RADIUS_M)
    reached = perf_counter()
    plan = place(people, reach.matrix(), Rules(count=SITES), seconds=LIMIT_S)
    done = perf_counter()
    print(json.dumps({
        "pairs": len(reach.places), "reach_s": reached - began, "plan_s": done - reached,
        "mb": peak_mb(),
        "people": plan.objective, "gap_pct": plan.gap_pct, "proven": plan.proven,
    }))  # fmt: skip


def ours(cells: int, candidates: int) -> dict[str, Any]:
    """One case in a fresh process."""
    words = [sys.executable, "-m", "benchmarks._wifi_growth", str(cells), str(candidates)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def peer(python: Path | None, cells: int, candidates: int, at: Path) -> dict[str, Any] | None:
    """The same case by spopt and CBC; None where spopt is not to be had or gives no answer."""
    if python is None:
        return None
    places, sites, people = made(cells, candidates)
    np.savez(at, places=places, sites=sites, people=people)
    words = [str(python), "-c", PEER, str(at), str(RADIUS_M), str(SITES), str(LIMIT_S)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    at.unlink()
    lines = done.stdout.splitlines()
    return json.loads(lines[-1]) if done.returncode == 0 and lines else None


def spopt_python() -> Path | None:
    """Python that has spopt; None when it cannot be installed."""
    folder = environment(LIST)
    return None if folder is None else folder / "bin" / "python"


def table(python: Path | None, at: Path) -> list[dict[str, Any]]:
    """Print the growth of ours, and spopt beside it; returns our rows."""
    print(f"\ngrowth: {SITES} sites, radius {RADIUS_M:.0f} m, seeded town of 10 x 10 km")
    print(f"{'cells':>9} {'candidates':>10} {'pairs':>11} {'reach s':>8} {'plan s':>8} {'MB':>6}"
          f"  {'proof':<12} spopt + CBC")  # fmt: skip
    rows = []
    cases = sorted({*PEER_CASES, *((n, m) for n in CELLS for m in CANDIDATES)})
    for cells, candidates in cases:
        mine = ours(cells, candidates)
        words = ""
        if (cells, candidates) in PEER_CASES:
            theirs = peer(python, cells, candidates, at)
            words = "not measured"
            if theirs:
                spent = mine["reach_s"] + mine["plan_s"]
                same = "same optimum" if abs(theirs["people"] - mine["people"]) < 0.5 else "DIFFERS"
                words = (f"{theirs['seconds']:.1f} s, {theirs['mb']:.0f} MB, {same}, "
                         f"{theirs['seconds'] / spent:.1f}x ours")  # fmt: skip
        proof = "optimal" if mine["proven"] else f"gap {mine['gap_pct']:.2f} %"
        print(
            f"{cells:>9,} {candidates:>10,} {mine['pairs']:>11,} {mine['reach_s']:>8.2f} "
            f"{mine['plan_s']:>8.2f} {mine['mb']:>6.0f}  {proof:<12} {words}",
            flush=True,
        )
        rows.append({"cells": cells, "candidates": candidates, **mine})
    return rows


if __name__ == "__main__":
    one(int(sys.argv[1]), int(sys.argv[2]))
