"""Published location problems, read from ../shared/truth: OR-Library files, San Francisco."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import shortest_path

TRUTH = Path(__file__).resolve().parents[2] / "shared" / "truth"
Floats = NDArray[np.float64]


def answers(folder: Path) -> list[dict[str, str]]:
    """Rows of expected.csv."""
    with (folder / "expected.csv").open() as file:
        return list(csv.DictReader(file))


def p_median_file(path: Path) -> tuple[Floats, int]:
    """(n, n) shortest ways on the graph of an OR-Library pmed file, and the sites wanted.

    Of an edge that is told twice the last line counts, as in the published answers.
    """
    words = path.read_text().split()
    n, edges, count = (int(word) for word in words[:3])
    rows = np.array(words[3 : 3 + 3 * edges], dtype=float).reshape(-1, 3)
    graph = np.zeros((n, n))
    for a, b, metres in rows:
        graph[int(a) - 1, int(b) - 1] = graph[int(b) - 1, int(a) - 1] = metres
    return np.asarray(shortest_path(sparse.csr_array(graph), directed=False)), count


@dataclass(frozen=True, slots=True)
class Capacitated:
    """Customers with a demand; `count` of them are opened, each for at most `capacity`."""

    cost: Floats
    demand: Floats
    capacity: float
    count: int


def capacitated_file(path: Path) -> Capacitated:
    """Read an OR-Library pmedcap file; the cost is the distance rounded down."""
    words = [float(word) for word in path.read_text().split()[2:]]
    n, count, capacity = int(words[0]), int(words[1]), words[2]
    rows = np.array(words[3 : 3 + 4 * n]).reshape(n, 4)
    xy = rows[:, 1:3]
    metres = np.hypot(*(xy[:, None, :] - xy[None, :, :]).transpose(2, 0, 1))
    return Capacitated(np.floor(metres), rows[:, 3], capacity, count)


@dataclass(frozen=True, slots=True)
class SanFrancisco:
    """Metres from 205 census tracts to 16 stores, people of each tract, published answers."""

    metres: Floats
    people: Floats
    published: dict[str, float]


def san_francisco(folder: Path) -> SanFrancisco:
    """Joined by name: the order of the tracts differs from file to file."""
    name = "SF_network_distance_candidateStore_16_censusTract_205_new.csv"
    with (folder / name).open() as file:
        rows = list(csv.DictReader(file))
    stores = sorted({row["name"] for row in rows})
    tracts = sorted({float(row["DestinationName"]) for row in rows})
    metres = np.full((len(tracts), len(stores)), np.inf)
    people = np.zeros(len(tracts))
    for row in rows:
        tract = tracts.index(float(row["DestinationName"]))
        metres[tract, stores.index(row["name"])] = float(row["distance"])
        people[tract] = float(row["demand"])
    return SanFrancisco(metres, people, json.loads((folder / "expected.json").read_text()))
