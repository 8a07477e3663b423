"""What is dense, and what chance makes of it: voices, the ground, random maps of their number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np

from spatial_analysis import means
from spatial_analysis.frames import Floats, version_of
from spatial_analysis.methods.chance_density import Floor, floor_of_chance
from spatial_analysis.methods.cluster_test import Clustering, Ground, random_maxima
from spatial_analysis.methods.density_cluster import dbscan
from spatial_analysis.methods.frame import Ints
from spatial_analysis.studies.incident_frames import (
    Islands,
    Offset,
    Reports,
    cells_of,
    lattice_over,
)
from spatial_analysis.studies.incident_question import Question
from spatial_analysis.study import digest_of

GROUND_M = 100.0
MANY = 10_000  # voices from which the random maps are of a round number


def voices_of(islands: Islands, reports: Reports) -> tuple[Ints, Ints]:
    """Voices (v,), each by its first report, and the voice (n,) of every report.

    A reporter has one voice in a cell of the fine lattice, whatever they tell there: one loud
    person makes no place dense. A report off the lattice is a voice of its own.
    """
    fine = lattice_over(islands.wkb, GROUND_M, (0.0, 0.0))
    n, cell = len(reports), cells_of(fine, reports.xy, reports.island)
    where = np.where(cell < 0, len(fine) + np.arange(n), cell)
    _, who = np.unique(reports.reporter, return_inverse=True)
    one = who.ravel() * (len(fine) + n) + where
    _, first, of = np.unique(one, return_index=True, return_inverse=True)
    return first, of.ravel()


def floor_of(question: Question, islands: Islands, n: int, offset: Offset) -> Floor:
    """How many voices together are no news, among `n` of them."""
    return floor_of_chance(
        ground_of(islands, offset), n, eps_m=question.eps_m,
        cell_m2=GROUND_M**2 * np.sqrt(3) / 2, least=question.min_pts,
    )  # fmt: skip


def ground_of(islands: Islands, offset: Offset) -> Ground:
    """The offset on a fine lattice: where a report could have been."""
    fine = lattice_over(islands.wkb, GROUND_M, (0.0, 0.0))
    return Ground(np.asarray(fine.centre), offset.on(fine), np.asarray(fine.island), GROUND_M / 2)


def clustering(question: Question) -> Clustering:
    """The clustering that a question asks for."""

    def again(xy: Floats, island: Ints) -> Ints:
        return np.asarray(dbscan(xy, question.eps_m, question.min_pts, island=island).label)

    return again


def drawn_for(n: int) -> int:
    """How many cases the random maps of `n` voices hold: from 10,000 on its three first digits.

    The largest ratio of a random map hardly knows a hundredth more or less of its cases, and so
    the maps need not be drawn anew for every report that comes.
    """
    unit = 1 if n < MANY else 10 ** (len(str(n)) - 3)
    return n // unit * unit


@dataclass(frozen=True, slots=True)
class Chance:
    """Largest ratio of each random map (R,), and the name of all that they hang on."""

    name: str
    maxima: Floats

    @classmethod
    def of(
        cls,
        question: Question,
        islands: Islands,
        offset: Offset,
        n: int,
        *,
        seed: int,
        known: Mapping[str, Any],
        say: means.Say = means.silent,
    ) -> Chance:
        """Random maps of `n` cases, drawn unless `known` (as `kept`) is of the same question."""
        ground = ground_of(islands, offset)
        name = digest_of(
            n, question.eps_m, question.min_pts, question.replications, seed,
            version_of(ground.centre, ground.weight, ground.island),
        )[:16]  # fmt: skip
        if known.get("name") == name:
            return cls(name, np.array(known["maxima"], dtype=np.float64))
        maps, plain = count(), clustering(question)

        def again(xy: Floats, island: Ints) -> Ints:
            say(next(maps), question.replications)
            return plain(xy, island)

        return cls(name, random_maxima(
            n, ground, again, reach_m=question.eps_m, replications=question.replications, seed=seed
        ))  # fmt: skip

    @property
    def kept(self) -> dict[str, Any]:
        """As a run keeps it: a revised answer needs no new maps while the question is the same."""
        return {"name": self.name, "maxima": self.maxima.tolist()}
