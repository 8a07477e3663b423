"""Tallies of reports in memory, lot by lot: only what changed is counted anew."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from spatial_analysis.tally import Counting, Rows
from spatial_analysis.tally_store import Store

LOT = 40_000  # numbers a lot
MOST_PLANS = 4
Folder = tempfile.TemporaryDirectory[str]


class HeldTallies:
    """What was counted of rows that one process holds, by plan, lot and the lot's state.

    Tallies add up to the same whatever the lots are. Whoever changes rows says so by `touch`:
    else an old count is taken for the new one.
    """

    def __init__(self) -> None:
        """Start with nothing counted."""
        self._state: dict[int, int] = {}
        self._folders: dict[str, Folder] = {}

    def touch(self, ids: Iterable[int]) -> None:
        """Say that reports of these numbers came, changed or went."""
        for lot in {number // LOT for number in ids}:
            self._state[lot] = self._state.get(lot, 0) + 1

    def counted(
        self, plan: Counting, rows: Rows, chosen: NDArray[np.bool_]
    ) -> tuple[Store, list[str]]:
        """Tallies of the chosen rows, one a lot of their numbers, and their names in the store.

        The same plan has to choose by the same rule each time.
        """
        store, names = self._store(plan), []
        lots = rows.id // LOT
        for lot in np.unique(lots[chosen]).tolist():
            name = f"{lot}-{self._state.get(lot, 0)}"
            if not store.has(name):
                for old in store.folder.glob(f"{lot}-*"):
                    old.unlink()
                store.put(name, plan.count(rows.take(chosen & (lots == lot))))
            names.append(name)
        return store, names

    def _store(self, plan: Counting) -> Store:
        """The plan's own folder, beside those of runs; who is killed leaves it to be swept."""
        if plan.digest not in self._folders:
            while len(self._folders) >= MOST_PLANS:
                self._folders.pop(next(iter(self._folders))).cleanup()
            home = Path(settings.VAR_DIR) / "tallies"
            home.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._folders[plan.digest] = tempfile.TemporaryDirectory(
                dir=home, prefix="held-", ignore_cleanup_errors=True
            )
        return Store(Path(self._folders[plan.digest].name))
