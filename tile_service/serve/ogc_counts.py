"""Numbers of matching rows found of late, so that turning pages does not count again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable

MOST_COUNTS = 500


class Counts:
    """Least recently made numbers go first; None stands for more than are counted."""

    def __init__(self) -> None:
        self.held: OrderedDict[Hashable, int | None] = OrderedDict()

    def keep(self, key: Hashable, number: int | None) -> int | None:
        """Remember `number`; the oldest ones make room."""
        self.held[key] = number
        while len(self.held) > MOST_COUNTS:
            self.held.popitem(last=False)
        return number
