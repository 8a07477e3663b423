"""Backup of a wifi placement: people within reach of a second hotspot when the first is off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from layers.errors import BadInput

if TYPE_CHECKING:
    from spatial_analysis.studies.wifi_placement import Placed

Ints = NDArray[np.int64]


class BadBackup(BadInput):
    """Nilai cadangan: 0-100 persen, untuk tujuan warga terbanyak tanpa batas warga tiap titik."""

    code = "BAD_BACKUP"


def backup_of(params: Mapping[str, Any], *, plain: bool) -> int:
    """`backup_pct`: what a person within reach of a second site adds, in percent of a person.

    `plain`: the aim is most people, and sites do not fill up. Raises BadBackup.
    """
    share = params.get("backup_pct")
    if share is None:
        return 0
    if not isinstance(share, int) or isinstance(share, bool) or not 0 <= share <= 100:
        raise BadBackup
    if share and not plain:
        raise BadBackup
    return share


def backup_figures(placed: Placed) -> dict[str, int]:
    """People within reach of two working sites or more, today and once the plan is built."""
    people = placed.seen.cells.people
    after = placed.standing + placed.times(placed.plan.sites)
    return {
        "pct": placed.question.backup_pct,
        "before": round(float(people[placed.standing > 1].sum())),
        "after": round(float(people[after > 1].sum())),
    }
