"""What reaching a place is worth: by a first site, and by a second one that stands in for it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spatial_analysis.methods.errors import MethodError

Floats = NDArray[np.float64]


class BadBackup(MethodError):
    """The worth of a second site is a share, 0 to 1, of that of the first."""


@dataclass(frozen=True, slots=True)
class Worth:
    """(n,) people each place adds with its first site, and with its second; first >= second."""

    first: Floats
    second: Floats

    @classmethod
    def of(cls, people: Floats, standing: NDArray[np.generic] | None, backup: float) -> Worth:
        """Worth before anything is chosen.

        people : (n,); standing : (n,) sites that reach each place already, as numbers or as
        True for one; backup : worth of a second site, 0..1 (0: one site is enough).

        Raises BadBackup.
        Source: Hogan & ReVelle (1986), Concepts and applications of backup coverage (BACOP2,
        here with a weight); with backup = the share of time that a site is down, it is Daskin's
        expected coverage (1983) to its second term.
        """
        if not 0 <= backup <= 1:
            raise BadBackup
        whole = cls(people, people * backup)
        return whole if standing is None else whole.after(np.asarray(standing, dtype=np.int64))

    def after(self, times: NDArray[np.int64]) -> Worth:
        """What is left once `times` (n,) more sites reach each place."""
        first = np.where(times == 0, self.first, np.where(times == 1, self.second, 0.0))
        return Worth(first, np.where(times == 0, self.second, 0.0))
