"""One line of the table of published results: what was published, what we get, is it met."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isnan
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Finding:
    """A published figure beside ours; `within` is the largest difference that counts as met.

    With `relative`, the difference is taken in parts of the published figure.
    """

    method: str
    data_set: str
    what: str
    published: float | str
    ours: float | str
    within: float = 0.0
    relative: bool = False

    @property
    def difference(self) -> float:
        """How far apart; for words 0 when equal, else 1."""
        if isinstance(self.published, str) or isinstance(self.ours, str):
            return 0.0 if self.published == self.ours else 1.0
        gap = abs(self.ours - self.published)
        return gap / abs(self.published) if self.relative and self.published else gap

    @property
    def met(self) -> bool:
        """True when the difference is within what is allowed (never for NaN)."""
        return not isnan(self.difference) and self.difference <= self.within


Check = Callable[[Path], Sequence[Finding]]
CHECKS: dict[str, tuple[Check, ...]] = {}


def checks(data_set: str) -> Callable[[Check], Check]:
    """Register a function as a check on the folder `data_set`."""

    def add(check: Check) -> Check:
        CHECKS[data_set] = (*CHECKS.get(data_set, ()), check)
        return check

    return add
