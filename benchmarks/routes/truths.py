"""Costs of ways against those of ../shared/truth/routing: every listed pair, three weights.

The lists hold parallel arcs, ferries as arcs, a scenario with closed arcs, and pairs that no way
joins (-1). The closed scenario runs through `with_closures`, as the platform's closures do.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from spatial_analysis.methods.paths import UNREACHABLE, StreetPaths
from spatial_analysis.methods.paths_cch import build_topology
from spatial_analysis.methods.paths_scipy import ScipyPaths

SETS = ("paths-gozo", "paths-malta")
SHARED = Path(__file__).resolve().parents[3] / "shared" / "truth" / "routing"
NO_WAY = -1


@dataclass(frozen=True, slots=True)
class Truth:
    """Pairs of one list and one weight: how many, how many differ, how many have no way."""

    name: str
    weight: str
    engine: str
    pairs: int
    wrong: int
    without_way: int
    seconds: float


def compare(folder: Path, engine: str = "cch") -> list[Truth]:
    """Work out every listed pair of a folder by one engine, for its three weights."""
    nodes = pd.read_csv(folder / "nodes.csv.gz")
    arcs = pd.read_csv(folder / "arcs.csv.gz")
    pairs = pd.read_csv(folder / "pairs.csv")
    tail, head = arcs["tail"].to_numpy(), arcs["head"].to_numpy()
    topology = build_topology(tail, head, nodes["lon"].to_numpy(), nodes["lat"].to_numpy())
    shut = np.flatnonzero(arcs["closed_in_scenario"].to_numpy() == 1)

    def paths(column: str) -> StreetPaths:
        weights = np.maximum(arcs[column].to_numpy(), 1)
        if engine == "scipy":
            return ScipyPaths(tail, head, weights, nodes=len(nodes))
        return topology.paths(weights)

    plain = {"length_mm": paths("length_mm"), "time_ms": paths("time_ms")}
    asked = plain | {"time_ms_closed": plain["time_ms"].with_closures(shut)}
    found = []
    for weight, way in asked.items():
        began = time.perf_counter()
        costs = _costs(way, pairs)
        took = time.perf_counter() - began
        told = pairs[weight].to_numpy()
        wrong, lost = int((costs != told).sum()), int((told == NO_WAY).sum())
        found.append(Truth(folder.name, weight, engine, len(pairs), wrong, lost, took))
    return found


def _costs(paths: StreetPaths, pairs: pd.DataFrame) -> NDArray[np.int64]:
    sources, row = np.unique(pairs["source"].to_numpy(), return_inverse=True)
    targets, column = np.unique(pairs["target"].to_numpy(), return_inverse=True)
    costs = paths.matrix(sources, targets).astype(np.int64)[row, column]
    return np.where(costs >= UNREACHABLE, NO_WAY, costs)


def main() -> None:
    """Print the table."""
    table = Table("list", "weight", "engine", "pairs", "without a way", "differ", "seconds")
    for name in SETS:
        if not (SHARED / name).is_dir():
            table.add_row(name, "not measured: the list is absent", "", "", "", "", "")
            continue
        for engine in ("cch", "scipy"):
            for t in compare(SHARED / name, engine):
                figures = (t.pairs, t.without_way, t.wrong, f"{t.seconds:.2f}")
                table.add_row(t.name, t.weight, t.engine, *(str(value) for value in figures))
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
