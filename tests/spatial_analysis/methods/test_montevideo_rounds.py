"""Real bins of Montevideo with trips to the dump: driving near the best known."""

from __future__ import annotations

import json

import pytest

from benchmarks.tours.sets import montevideo
from spatial_analysis.methods.fleet_sweep import Effort, sweep
from spatial_analysis.methods.tours import timeline
from tests.shared_data import shared
from tests.spatial_analysis.methods.test_tours import faults


@pytest.mark.slow
@pytest.mark.parametrize("name", ["a_du_rm_cl_08", "c_du_rm_cl_02", "ch_du_rm_cl_05"])
def test_real_bins_are_all_served_within_four_percent_of_the_best_known_drive(name: str):
    folder = shared("routing/waste-montevideo", "rounds against the best known")
    problem = montevideo(folder, name)
    plan = sweep(problem, Effort(iterations=3000, patience=1500))
    assert (plan.left_out, faults(problem, plan)) == ((), [])
    clocks = [timeline(problem, tour) for tour in plan.tours]
    drive = sum(clock.drive_s for clock in clocks if clock is not None)
    known = json.loads((folder / "reference.json").read_text())[name]["cost_seconds"]
    assert drive <= 1.04 * known
