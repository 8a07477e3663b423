"""Default addresses among reports: what the studies set aside, and how it is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spatial_analysis.frames import Floats, version_of
from spatial_analysis.methods.default_places import default_places
from spatial_analysis.studies.incident_frames import Reports, read_places
from spatial_analysis.studies.incident_question import OnlyDefaultAddressesThen, Question
from spatial_analysis.tally import MILLIMETRES

MOST_TOLD = 10


@dataclass(frozen=True, slots=True)
class Piles:
    """piled (n,): which of the reports asked for lie at a default address.

    points (k, 2) metres, uses (k,): the default addresses and all that was told there;
    least, busy: see `DefaultPlaces`; judged: reports that the verdict rests on.
    """

    piled: NDArray[np.bool_]
    points: Floats
    uses: NDArray[np.int64]
    least: int
    busy: int
    judged: int
    version: str

    @property
    def places(self) -> list[list[int]]:
        """The default addresses, whole millimetres."""
        return np.rint(self.points * MILLIMETRES).astype(np.int64).tolist()


def piles_of(question: Question, reports: Reports) -> Piles:
    """Which of `reports` lie at a default address, judged by all that was told there.

    A point is what it is whoever asks: one category or one island is judged by the reports of
    every open category (and its own) on all islands in the same days. Places are whole
    millimetres, as where reports are counted part by part (`incident_aside`): one verdict.
    """
    whole = not (question.category or question.island)
    xy, kind = (reports.xy, reports.category) if whole else read_places(question)
    xy = in_millimetres(xy)
    found = default_places(xy, kind)
    points, uses = np.unique(xy[found.piled], axis=0, return_counts=True)
    return Piles(
        np.isin(_marks(in_millimetres(reports.xy)), _marks(points)), points, uses, found.least,
        found.busy, len(xy), reports.version if whole else version_of(xy, kind),
    )  # fmt: skip


def in_millimetres(xy: Floats) -> Floats:
    """Places (n, 2) in metres, to the millimetre."""
    return np.asarray(np.rint(xy * MILLIMETRES) / MILLIMETRES)


def kept(question: Question, reports: Reports) -> tuple[Reports, int]:
    """The reports that a study counts, and how many at default addresses it leaves out.

    Raises OnlyDefaultAddressesThen.
    """
    if question.piles:
        return reports, 0
    piled = piles_of(question, reports).piled
    if len(piled) and piled.all():
        raise OnlyDefaultAddressesThen
    return (reports.take(~piled) if piled.any() else reports), int(piled.sum())


def _marks(xy: Floats) -> NDArray[np.complex128]:
    """One number a place (n,), the same for the same place."""
    return np.asarray(xy[:, 0] + 1j * xy[:, 1])


def told(reports: Reports, piles: Piles) -> list[dict[str, Any]]:
    """The piles, largest first: of the reports asked for, of all; kelurahan; place in metres."""
    pile = piles.piled
    places, which, uses = np.unique(
        in_millimetres(reports.xy[pile]), axis=0, return_inverse=True, return_counts=True
    )  # fmt: skip
    everywhere = dict(zip(_marks(piles.points).tolist(), piles.uses.tolist(), strict=True))
    rows = []
    for number in np.lexsort((places[:, 1], places[:, 0], -uses))[:MOST_TOLD]:
        names = np.unique(reports.kelurahan[pile][which.ravel() == number])
        x, y = places[number].tolist()
        rows.append({"n": int(uses[number]), "of": everywhere[complex(x, y)],
                     "area": str(names[-1]) if len(names) else "", "x": x, "y": y})  # fmt: skip
    return rows
