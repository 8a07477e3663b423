"""WiFi and bins: published problems with proof beside spopt, growth, real cities, all goals."""

from __future__ import annotations

import argparse
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks import _wifi_cities, _wifi_goals, _wifi_growth
from benchmarks._bin_truth import emptyings
from benchmarks._location_truths import (
    TRUTH,
    SanFrancisco,
    answers,
    capacitated_file,
    p_median_file,
    san_francisco,
)
from benchmarks._wifi_goals import Solved
from spatial_analysis.methods.allocation import capacitated_p_median
from spatial_analysis.methods.bin_fill import fit_fill
from spatial_analysis.methods.p_center import Centers, Fewest, fewest_for_all, p_center
from spatial_analysis.methods.p_median import Medians, p_median
from spatial_analysis.methods.placement import Plan, Rules, place

PEER = """
import sys, time, numpy, pulp
from spopt import locate
given = numpy.load(sys.argv[1]); began = time.perf_counter()
build = getattr(locate, sys.argv[2]).from_cost_matrix
cost, people, radius = given["cost"], given["people"], float(sys.argv[5])
rules = {
    "PMedian": lambda: build(cost, people, p_facilities=int(sys.argv[3])),
    "PCenter": lambda: build(cost, p_facilities=int(sys.argv[3])),
    "LSCP": lambda: build(cost, radius),
    "MCLP": lambda: build(cost, people, radius, p_facilities=int(sys.argv[3])),
}
model = rules[sys.argv[2]]()
model = model.solve(pulp.PULP_CBC_CMD(msg=False, timeLimit=float(sys.argv[4])))
proven = model.problem.sol_status == pulp.LpSolutionOptimal
print(f"{model.problem.objective.value():.4f} {time.perf_counter() - began:.2f} {int(proven)}")
"""
PEER_NODES = 200  # larger networks take spopt minutes to build
SF_RADIUS_M = 5_000.0  # as published
PEER_S = 20.0  # then CBC is stopped; ours may take --seconds


@dataclass
class Peer:
    """spopt with CBC in a Python of its own; None: it is not to be had."""

    python: Path | None
    seconds: float
    at: Path

    def line(
        self, model: str, cost: np.ndarray, people: np.ndarray, count: int, name: str,
        ours_s: float, radius: float = 0.0,
    ) -> None:  # fmt: skip
        """One row: what spopt finds for the same problem, its seconds, and how many times ours."""
        if self.python is None:
            print(f"{'  spopt ' + name:<28} not measured")
            return
        np.savez(self.at, cost=cost, people=people)
        words = [str(self.python), "-c", PEER, str(self.at), model, str(count),
                 str(self.seconds), str(radius)]  # fmt: skip
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        self.at.unlink()
        if done.returncode or not done.stdout.strip():
            print(f"{'  spopt ' + name:<28} no answer: {done.stderr.strip()[-70:]}")
            return
        value, spent, proven = (float(word) for word in done.stdout.split()[-3:])
        word = "optimal" if proven else "no proof"  # within its time
        times = f"{spent / max(ours_s, 1e-3):.1f}x ours"
        print(f"{'  spopt ' + name:<28} {'':>16} {value:>16.6g} {word:>12} {spent:>8.2f}  {times}",
              flush=True)  # fmt: skip


def line(problem: str, published: object, ours: object, proof: str, seconds: float) -> None:
    """One row of the table."""
    print(f"{problem:<28} {published!s:>16} {ours!s:>16} {proof:>12} {seconds:>8.2f}", flush=True)


def proof(proven: bool, gap_pct: float = 0.0) -> str:
    """How sure the answer is."""
    return "optimal" if proven else f"gap {gap_pct:.2f} %"


def networks(folder: Path, seconds: float, peer: Peer, solved: Solved) -> None:
    """p-median, p-center and fewest sites of every OR-Library network, spopt beside the small."""
    for row in answers(folder):
        name = row["instance"]
        metres, count = p_median_file(folder / f"{name}.txt")
        median = p_median(metres, count, seconds=seconds)
        line(f"{name} p-median", row["pmedian_opt"], round(median.objective),
             proof(median.proven, median.gap_pct), median.seconds)  # fmt: skip
        reached = round(median.objective) == int(row["pmedian_opt"])
        solved.add("p-median", median.seconds, proven=median.proven, reached=reached)
        center = p_center(metres, count, seconds=seconds)
        line(f"{name} p-center", row["pcenter_opt"], round(center.radius),
             proof(center.proven), center.seconds)  # fmt: skip
        reached = round(center.radius) == int(row["pcenter_opt"])
        solved.add("p-center", center.seconds, proven=center.proven, reached=reached)
        for key, radius in (("at", center.radius), ("below", center.radius - 1)):
            fewest = fewest_for_all(metres <= radius, seconds=seconds)
            told = row["lscp_at_pcenter" if key == "at" else "lscp_below"]
            line(f"{name} fewest, {radius:.0f}", told, len(fewest.sites), proof(fewest.proven),
                 fewest.seconds)  # fmt: skip
            reached = len(fewest.sites) == int(told)
            solved.add("fewest", fewest.seconds, proven=fewest.proven, reached=reached)
        if len(metres) <= PEER_NODES:
            peer.line("PMedian", metres, np.ones(len(metres)), count, "p-median", median.seconds)
            peer.line("PCenter", metres, np.ones(len(metres)), count, "p-center", center.seconds)


def san_francisco_solved(city: SanFrancisco) -> tuple[Plan, Fewest, Medians, Centers]:
    """Four classic problems on the same distances: cover, fewest, p-median, p-center."""
    near = city.metres <= SF_RADIUS_M
    return (
        place(city.people, near, Rules(count=4)),
        fewest_for_all(near),
        p_median(city.people[:, None] * city.metres, 4),
        p_center(city.metres, 4),
    )


def san_francisco_lines(folder: Path, peer: Peer, solved: Solved) -> None:
    """Four classic problems on real network distances, spopt beside each.

    The loops are compiled by the first call on a machine and kept on disk, as spopt's CBC comes
    compiled: that first call is told apart.
    """
    city = san_francisco(folder)
    first_s = sum(answer.seconds for answer in san_francisco_solved(city))
    print(f"the first calls, compiling included where it was to be done: {first_s:.2f} s")
    covered, fewest, median, center = san_francisco_solved(city)
    told = city.published
    for name, model, published, ours, answer, places in (
        ("MCLP", "MCLP", told["mclp_demand"], covered.objective, covered, 0),
        ("LSCP", "LSCP", told["lscp"], len(fewest.sites), fewest, 0),
        ("p-median", "PMedian", told["pmedian"], median.objective, median, 2),
        ("p-center", "PCenter", told["pcenter"], center.radius, center, 4),
    ):
        line(f"San Francisco {name}", round(published, places), round(ours, places),
             proof(answer.proven), answer.seconds)  # fmt: skip
        peer.line(model, city.metres, city.people, 4, name, answer.seconds, SF_RADIUS_M)
        reached = abs(published - ours) <= 10.0**-places
        solved.add("San Francisco", answer.seconds, proven=answer.proven, reached=reached)


def capacitated(folder: Path, seconds: float, solved: Solved) -> None:
    """Capacitated p-median of 50 and 100 customers."""
    for row in answers(folder):
        case = capacitated_file(folder / f"{row['instance']}.txt")
        found = capacitated_p_median(
            case.cost, case.demand.astype(int), int(case.capacity), case.count, seconds=seconds
        )
        line(row["instance"], row["best_known"], round(found.objective),
             proof(found.proven, found.gap_pct), found.seconds)  # fmt: skip
        reached = round(found.objective) == int(row["best_known"])
        solved.add(f"capacitated {len(case.demand)}", found.seconds, proven=found.proven,
                   reached=reached)  # fmt: skip


def bins(folder: Path) -> tuple[float, float, float]:
    """Error of the fill forecast, Brier of "80 % or more", share inside the 80 % interval."""
    before, after = emptyings(folder)
    told = fit_fill(before.bins, before.hours, before.fill_pct).at(after.bins, after.hours)
    truth = after.fill_pct
    inside = ((truth >= told.low_pct) & (truth <= told.high_pct)).mean()
    error = float(np.abs(told.median_pct - truth).mean())
    return error, float(((told.p_level - (truth >= 80)) ** 2).mean()), float(inside)


def main() -> None:
    """Print the tables; a data set or peer that is not there is said so and left out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    seconds = parser.parse_known_args()[0].seconds
    scratch = Path(os.environ.get("VAR_DIR", "var")) / "wifi_peer.npz"
    scratch.parent.mkdir(parents=True, exist_ok=True)
    python = _wifi_growth.spopt_python()
    peer, solved = Peer(python, PEER_S, scratch), Solved()
    forecast: list[tuple[float, float, float]] = []
    print(f"{'problem':<28} {'published':>16} {'ours':>16} {'proof':>12} {'seconds':>8}")
    for name, work in (
        ("location_sf_spopt", lambda folder: san_francisco_lines(folder, peer, solved)),
        ("pmedian_orlib_odd", lambda folder: networks(folder, seconds, peer, solved)),
        ("pmedcap_osman_odd", lambda folder: capacitated(folder, seconds, solved)),
        ("bins_edinburgh_a", lambda folder: forecast.append(bins(folder))),
    ):
        folder = TRUTH / name
        if folder.is_dir():
            work(folder)
        else:
            print(f"../shared/truth/{name} is absent: left out")
    _wifi_growth.table(python, scratch)
    _wifi_cities.real_people()
    _wifi_cities.madrid()
    goals = _wifi_goals.rows(solved, forecast[0] if forecast else None)
    city = [_wifi_goals.wide(), _wifi_goals.city_plan(), *_wifi_goals.city_aims()]
    _wifi_goals.show([*goals, *city])


if __name__ == "__main__":
    main()
