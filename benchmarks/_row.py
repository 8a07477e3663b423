"""One line of the goals' table, and how times and memory are taken."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

NOT = "not measured"


@dataclass(frozen=True, slots=True)
class Row:
    """A goal by ROUTING's number, what was found, and whether that meets it (None: no figure)."""

    number: str
    goal: str
    ours: str
    met: bool | None
    load: float = field(default_factory=lambda: os.getloadavg()[0])

    @property
    def verdict(self) -> str:
        """Word for the last column."""
        return "-" if self.met is None else ("met" if self.met else "NOT met")


def missing(number: str, goal: str, why: str) -> Row:
    """Line of a goal that this run cannot tell."""
    return Row(number, goal, f"{NOT}: {why}", None)


def seconds(work: Callable[[], object], times: int = 1) -> float:
    """Median seconds of `work` over some times."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return median(took)


def resident_mb() -> float:
    """Memory that this process holds, MB; nan where the system does not say."""
    gc.collect()
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return float("nan")
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
