"""People add up, exactly, in all three files."""

from __future__ import annotations

from collections import Counter

import numpy as np

from tests.fixtures_geodata.sample import features, table
from tests.shared_data import shared

CITED = {
    "82.71.01": 8_636, "82.71.02": 78_302, "82.71.03": 52_167, "82.71.04": 5_156,
    "82.71.05": 2_971, "82.71.06": 59_536, "82.71.07": 3_180, "82.71.08": 9_103,
}  # fmt: skip


def by_kecamatan(rows):
    """Sum of (kelurahan or kecamatan code, people) by kecamatan."""
    total: Counter[str] = Counter()
    for code, people in rows:
        total[code[:8]] += int(people)
    return dict(total)


def test_the_cited_totals_make_219_051():
    assert sum(CITED.values()) == 219_051
    assert (
        by_kecamatan((r["kecamatan_code"], r["people"]) for r in table("population.csv")) == CITED
    )


def test_kecamatan_kelurahan_and_cells_hold_the_cited_totals():
    unions = [(row["code"], row["people"]) for row in features("kecamatan.geojson")]
    cells = [(row["code"], row["people"]) for row in features("kelurahan.geojson")]
    points = [(row["code"], row["people_est"]) for row in table("kelurahan_points.csv")]
    grid = [(row["kelurahan"], row["people"]) for row in table("population_100m.csv")]
    for rows in (unions, cells, points, grid):
        assert by_kecamatan(rows) == CITED


def test_each_cell_of_100_m_stands_once_and_nobody_is_left_out():
    grid = table("population_100m.csv")
    assert len({(row["east_m"], row["north_m"]) for row in grid}) == len(grid) > 16_000
    lived_in = {row["kelurahan"] for row in grid if int(row["people"]) > 0}
    assert len(lived_in) == 78


def test_the_estimate_is_as_far_from_the_counted_figures_as_the_readme_says():
    counted = {
        row["code"]: int(row["population_2019_06_30"])
        for row in table("kelurahan_facts.csv", shared("ternate-facts", "estimated people"))
        if row["population_2019_06_30"]
    }
    guessed = {row["code"]: row["people"] for row in features("kelurahan.geojson")}
    ratio = np.array([guessed[code] / people for code, people in counted.items()])
    assert len(ratio) == 77
    assert round(float(np.median(ratio)), 2) == 1.03
    assert round(float(np.mean((ratio >= 0.67) & (ratio <= 1.5))), 2) == 0.55
