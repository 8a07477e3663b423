"""Real bins of Montevideo with trips to the dump: driving near the best known."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from spatial_analysis.methods.fleet_sweep import Effort, sweep
from spatial_analysis.methods.tours import Stop, Tip, TourProblem, Truck, timeline
from tests.shared_data import shared
from tests.spatial_analysis.methods.test_tours import faults

MUST = 100_000


def numbers(path: Path) -> list[list[float]]:
    """Rows of numbers of a text file; lines with words are headings."""
    rows = []
    for line in path.read_text().splitlines():
        try:
            rows.append([float(word) for word in line.split()])
        except ValueError:
            continue
    return [row for row in rows if row]


def problem_of(folder: Path, name: str) -> TourProblem:
    matrix = pd.read_csv(folder / f"{name}.matrix-seconds.csv")
    ids = [int(float(column)) for column in matrix.columns[-len(matrix) :]]
    drive = matrix.to_numpy()[:, -len(matrix) :].astype(np.int64)[None]
    bins = {int(row[0]): row for row in numbers(folder / f"{name}.containers.txt")}
    stops = tuple(
        Stop(
            place, round(bins[i][5]), 0, round(bins[i][6] * 60), MUST,
            opens_s=round(bins[i][3] * 60), closes_s=round(bins[i][4] * 60),
        )
        for place, i in enumerate(ids) if i in bins
    )  # fmt: skip
    trucks, tips = [], []
    for row in numbers(folder / f"{name}.vehicles.txt"):
        trucks.append(Truck(0, 0, round(row[5]), 1, round(row[6] * 60), round(row[7] * 60)))
        tips = [Tip(1, round(row[4] * 60))]
    return TourProblem(drive, stops, tuple(trucks), tuple(tips))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["a_du_rm_cl_08", "c_du_rm_cl_02", "ch_du_rm_cl_05"])
def test_real_bins_are_all_served_within_four_percent_of_the_best_known_drive(name: str):
    folder = shared("routing/waste-montevideo", "rounds against the best known")
    problem = problem_of(folder, name)
    plan = sweep(problem, Effort(iterations=3000, patience=1500))
    assert (plan.left_out, faults(problem, plan)) == ((), [])
    clocks = [timeline(problem, tour) for tour in plan.tours]
    drive = sum(clock.drive_s for clock in clocks if clock is not None)
    known = json.loads((folder / "reference.json").read_text())[name]["cost_seconds"]
    assert drive <= 1.04 * known
