"""One line of the table of goals."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

NOT_MEASURED = "not measured"


@dataclass(frozen=True, slots=True)
class Row:
    """A goal, what was found, and whether that meets it (None: not measured)."""

    goal: str
    wanted: str
    found: str
    met: bool | None
    load_average: float = field(default_factory=lambda: os.getloadavg()[0])

    @property
    def verdict(self) -> str:
        """Word for the table."""
        return NOT_MEASURED if self.met is None else ("met" if self.met else "NOT met")
