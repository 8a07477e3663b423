"""Published location problems and bins: reached or not, proof, seconds; spopt beside, if named."""

from __future__ import annotations

import argparse
import os
import subprocess
from pathlib import Path

import numpy as np

from benchmarks._bin_truth import emptyings
from benchmarks._location_truths import (
    TRUTH,
    answers,
    capacitated_file,
    p_median_file,
    san_francisco,
)
from spatial_analysis.methods.allocation import capacitated_p_median
from spatial_analysis.methods.bin_fill import fit_fill
from spatial_analysis.methods.p_center import fewest_for_all, p_center
from spatial_analysis.methods.p_median import p_median
from spatial_analysis.methods.placement import Rules, place

PEER = """
import sys, time, numpy, pulp
from spopt.locate import PMedian
cost = numpy.load(sys.argv[1]); began = time.perf_counter()
model = PMedian.from_cost_matrix(cost, numpy.ones(len(cost)), p_facilities=int(sys.argv[2]))
solver = pulp.PULP_CBC_CMD(msg=False, timeLimit=float(sys.argv[3]))
model = model.solve(solver)
print(f"{model.problem.objective.value():.0f} {time.perf_counter() - began:.1f}")
"""


def line(problem: str, published: object, ours: object, proof: str, seconds: float) -> None:
    """One row of the table."""
    print(f"{problem:<28} {published!s:>16} {ours!s:>16} {proof:>12} {seconds:>8.2f}", flush=True)


def proof(proven: bool, gap_pct: float = 0.0) -> str:
    """How sure the answer is."""
    return "optimal" if proven else f"gap {gap_pct:.2f} %"


def networks(folder: Path, seconds: float, peer: str) -> None:
    """p-median, p-center and fewest sites of every OR-Library network."""
    for row in answers(folder):
        name = row["instance"]
        metres, count = p_median_file(folder / f"{name}.txt")
        median = p_median(metres, count, seconds=seconds)
        line(f"{name} p-median", row["pmedian_opt"], round(median.objective),
             proof(median.proven, median.gap_pct), median.seconds)  # fmt: skip
        center = p_center(metres, count, seconds=seconds)
        line(f"{name} p-center", row["pcenter_opt"], round(center.radius),
             proof(center.proven), center.seconds)  # fmt: skip
        for key, radius in (("at", center.radius), ("below", center.radius - 1)):
            fewest = fewest_for_all(metres <= radius, seconds=seconds)
            told = row["lscp_at_pcenter" if key == "at" else "lscp_below"]
            line(f"{name} fewest, {radius:.0f}", told, len(fewest.sites), proof(fewest.proven),
                 fewest.seconds)  # fmt: skip
        if peer and len(metres) <= 200:
            spopt(metres, count, peer, seconds)


def spopt(metres: np.ndarray, count: int, peer: str, seconds: float) -> None:
    """The same p-median by spopt with CBC, in a Python of its own (SPOPT_PYTHON)."""
    place_of = Path(os.environ.get("VAR_DIR", "var")) / "spopt_cost.npy"
    place_of.parent.mkdir(parents=True, exist_ok=True)
    np.save(place_of, metres)
    words = [peer, "-c", PEER, str(place_of), str(count), str(seconds)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    print(f"{'  spopt + CBC':<28} {done.stdout.strip() or 'failed: ' + done.stderr[-60:]}")
    place_of.unlink()


def san_francisco_lines(folder: Path) -> None:
    """Four classic problems on real network distances."""
    city = san_francisco(folder)
    near = city.metres <= 5_000
    covered = place(city.people, near, Rules(count=4))
    told = city.published
    line("San Francisco MCLP", told["mclp_demand"], round(covered.objective),
         proof(covered.proven, covered.gap_pct), covered.seconds)  # fmt: skip
    fewest = fewest_for_all(near)
    line("San Francisco LSCP", told["lscp"], len(fewest.sites), proof(fewest.proven),
         fewest.seconds)  # fmt: skip
    median = p_median(city.people[:, None] * city.metres, 4)
    line("San Francisco p-median", round(told["pmedian"], 2), round(median.objective, 2),
         proof(median.proven, median.gap_pct), median.seconds)  # fmt: skip
    center = p_center(city.metres, 4)
    line("San Francisco p-center", round(told["pcenter"], 4), round(center.radius, 4),
         proof(center.proven), center.seconds)  # fmt: skip


def capacitated(folder: Path, seconds: float) -> None:
    """Capacitated p-median of 50 and 100 customers."""
    for row in answers(folder):
        case = capacitated_file(folder / f"{row['instance']}.txt")
        found = capacitated_p_median(
            case.cost, case.demand.astype(int), int(case.capacity), case.count, seconds=seconds
        )
        line(row["instance"], row["best_known"], round(found.objective),
             proof(found.proven, found.gap_pct), found.seconds)  # fmt: skip


def bins(folder: Path) -> None:
    """Error of the fill forecast beside the best published baseline."""
    before, after = emptyings(folder)
    told = fit_fill(before.bins, before.hours, before.fill_pct).at(after.bins, after.hours)
    truth = after.fill_pct
    inside = ((truth >= told.low_pct) & (truth <= told.high_pct)).mean()
    print(
        f"\nbins: mean error {np.abs(told.median_pct - truth).mean():.2f} (bin mean 16.52), Brier "
        f"{((told.p_level - (truth >= 80)) ** 2).mean():.3f} (0.379), 80 % interval holds "
        f"{100 * inside:.1f} %"
    )


def main() -> None:
    """Print the table; a data set that is not there is said so and left out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    seconds = parser.parse_known_args()[0].seconds
    peer = os.environ.get("SPOPT_PYTHON", "")
    print(f"{'problem':<28} {'published':>16} {'ours':>16} {'proof':>12} {'seconds':>8}")
    for name, work in (
        ("location_sf_spopt", san_francisco_lines),
        ("pmedian_orlib_odd", lambda folder: networks(folder, seconds, peer)),
        ("pmedcap_osman_odd", lambda folder: capacitated(folder, seconds)),
        ("bins_edinburgh_a", bins),
    ):
        folder = TRUTH / name
        if folder.is_dir():
            work(folder)
        else:
            print(f"../shared/truth/{name} is absent: left out")


if __name__ == "__main__":
    main()
