"""Incident methods: seconds and memory beside their peers, the seeded city, every goal; one run."""

from __future__ import annotations

import argparse
import os
import sys
from time import perf_counter

from benchmarks._incident_city import boston, boston_heat, planted
from benchmarks._incident_goals import goals
from benchmarks._incident_peers import against_peers, print_agreement

SIZES = (10_000, 100_000, 1_000_000, 10_000_000)


def main(words: list[str] | None = None) -> None:
    """Print the table against peers, what both compute, the seeded city, Boston, the goals."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--points", type=int, nargs="*", default=list(SIZES))
    asked.add_argument("--goal-points", type=int, default=1_000_000, help="as the goals say")
    asked.add_argument("--cube-points", type=int, default=100_000_000, help="through the cube")
    asked.add_argument("--runs", type=int, default=200, help="random maps, as the goals say")
    asked.add_argument("--goals-only", action="store_true")
    asked.add_argument("--only", default="", help="goals whose name begins so, such as A5")
    given = asked.parse_args(words if words is not None else [])
    began = perf_counter()
    if not given.goals_only:
        against_peers(given.points)
        print_agreement()
        _so_far(began)
    goals(given.goal_points, given.runs, given.cube_points, given.only)
    _so_far(began)
    if not given.goals_only:
        planted(given.runs)
        boston()
        boston_heat()
        _so_far(began)


def _so_far(began: float) -> None:
    print(f"({(perf_counter() - began) / 60:.1f} minutes so far, load average "
          f"{os.getloadavg()[0]:.1f})", flush=True)  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1:])
