"""Published tour problems of ../shared/truth/routing as problems of ours, with their best known.

Scales: cvrp-x and hfvrp in whole units; Solomon and Gehring & Homberger in tenths, truncated;
prizes ten times that, as their solutions are; Montevideo in seconds.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import vrplib
from numpy.typing import NDArray

from spatial_analysis.methods.tours import Stop, Tip, TourProblem, Truck

SHARED = Path(__file__).resolve().parents[3] / "shared" / "truth" / "routing"
MUST = 10_000_000  # dearer than any tour: every stop must be served
EVER = 100_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Published:
    """A problem with the cost of its best known answer, in the problem's own unit."""

    group: str
    name: str
    problem: TourProblem
    best: float
    unit: float = 1.0  # what a published cost of 1 is in the problem

    def gap_pct(self, cost: float) -> float:
        """How much dearer than the best known, %."""
        return 100.0 * (cost / (self.best * self.unit) - 1.0)


def euclid(places: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, n) straight distances."""
    return np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))


def read(group: str, name: str) -> Published:
    """Read one problem by its folder and name. Raises FileNotFoundError."""
    folder = SHARED / group
    if group == "waste-montevideo":
        return Published(group, name, montevideo(folder, name), _reference(folder)[name])
    best = vrplib.read_solution(folder / f"{name}.sol")["cost"]
    if group == "cvrp-x":
        return Published(group, name, _capacity(folder / f"{name}.vrp"), best)
    if group == "vrptw-solomon100":
        given = vrplib.read_instance(folder / f"{name}.txt", instance_format="solomon")
        return Published(group, name, _windows(given, 25), best, 10.0)
    given = vrplib.read_instance(folder / f"{name}.vrp")
    if group == "pcvrptw-prizes":
        return Published(group, name, _windows(given, int(given["vehicles"])), best)
    return Published(group, name, _windows(given, int(given["vehicles"])), best, 10.0)


def _reference(folder: Path) -> dict[str, float]:
    told = json.loads((folder / "reference.json").read_text())
    return {name: row["cost_seconds"] for name, row in told.items() if "cost_seconds" in row}


def _capacity(path: Path) -> TourProblem:
    """Distances rounded to the nearest whole; as many trucks as loads ask for, and a fifth more."""
    given = vrplib.read_instance(path)
    drive = np.floor(euclid(np.asarray(given["node_coord"], float)) + 0.5).astype(np.int64)
    demand = np.asarray(given["demand"], dtype=int)
    holds = int(given["capacity"])
    trucks = int(np.ceil(demand.sum() / holds) * 1.2) + 3
    stops = tuple(Stop(i, int(demand[i]), 0, 0, MUST, closes_s=EVER) for i in range(1, len(demand)))
    return TourProblem(drive[None], stops, (Truck(0, 0, holds, 1, 0, EVER),) * trucks)


def _windows(given: dict[str, object], trucks: int) -> TourProblem:
    """Tenths, truncated, as times and as distances; prizes where the file names them."""
    drive = np.floor(10 * euclid(np.asarray(given["node_coord"], float))).astype(np.int64)
    demand = np.asarray(given["demand"], dtype=int)
    hours = 10 * np.asarray(given["time_window"], dtype=int)
    service = 10 * np.broadcast_to(np.asarray(given["service_time"], dtype=int), len(demand))
    prize = given.get("prize")
    worth = np.full(len(demand), MUST) if prize is None else 10 * np.asarray(prize, dtype=int)
    stops = tuple(
        Stop(i, int(demand[i]), 0, int(service[i]), int(worth[i]),
             int(hours[i, 0]), int(hours[i, 1]))
        for i in range(1, len(demand))
    )  # fmt: skip
    truck = Truck(0, 0, int(given["capacity"]), 1, int(hours[0, 0]), int(hours[0, 1]))  # type: ignore[call-overload]
    return TourProblem(drive[None], stops, (truck,) * trucks)


def _numbers(path: Path) -> list[list[float]]:
    """Rows of numbers of a text file; lines with words are headings."""
    rows = []
    for line in path.read_text().splitlines():
        try:
            rows.append([float(word) for word in line.split()])
        except ValueError:
            continue
    return [row for row in rows if row]


def montevideo(folder: Path, name: str) -> TourProblem:
    """Real bins with trips to the dump: asymmetric seconds, hours, one garage."""
    matrix = pd.read_csv(folder / f"{name}.matrix-seconds.csv")
    ids = [int(float(column)) for column in matrix.columns[-len(matrix) :]]
    drive = matrix.to_numpy()[:, -len(matrix) :].astype(np.int64)[None]
    bins = {int(row[0]): row for row in _numbers(folder / f"{name}.containers.txt")}
    stops = tuple(
        Stop(
            place, round(bins[i][5]), 0, round(bins[i][6] * 60), 100_000,
            opens_s=round(bins[i][3] * 60), closes_s=round(bins[i][4] * 60),
        )
        for place, i in enumerate(ids) if i in bins
    )  # fmt: skip
    trucks, tips = [], []
    for row in _numbers(folder / f"{name}.vehicles.txt"):
        trucks.append(Truck(0, 0, round(row[5]), 1, round(row[6] * 60), round(row[7] * 60)))
        tips = [Tip(1, round(row[4] * 60))]
    return TourProblem(drive, stops, tuple(trucks), tuple(tips))
