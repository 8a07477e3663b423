"""The emptyings of 167 street bins in ../shared/truth, split as their published baselines are."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SPLIT = "2016-07-20"


@dataclass(frozen=True, slots=True)
class Emptyings:
    """Bin number, hours since the last emptying, fill found (percent)."""

    bins: NDArray[np.int64]
    hours: NDArray[np.float64]
    fill_pct: NDArray[np.float64]


def emptyings(folder: Path) -> tuple[Emptyings, Emptyings]:
    """Before and after SPLIT; intervals of an hour to 14 days; bins seen before alone."""
    with (folder / "events.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["hours"]]
    rows = [row for row in rows if 1 <= float(row["hours"]) <= 24 * 14]
    before = [row for row in rows if row["emptied_at"] < SPLIT]
    seen = sorted({row["bin"] for row in before})
    after = [row for row in rows if row["emptied_at"] >= SPLIT and row["bin"] in set(seen)]
    return _arrays(before, seen), _arrays(after, seen)


def _arrays(rows: list[dict[str, str]], seen: list[str]) -> Emptyings:
    number = {name: i for i, name in enumerate(seen)}
    return Emptyings(
        np.array([number[row["bin"]] for row in rows], dtype=np.int64),
        np.array([float(row["hours"]) for row in rows]),
        np.array([float(row["fill_pct"]) for row in rows]),
    )
