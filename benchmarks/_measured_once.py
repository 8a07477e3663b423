"""What one run of the bench has measured, it does not measure again; slow peers are stopped."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from benchmarks._own_process import Spent, spent_or_why

PEER_S = 75.0  # what a peer takes longer for is said, not waited for
Prepare = Callable[..., Any]
Work = Callable[[Any], Any]


@cache
def measured(prepare: Prepare, work: Work, *how: Any) -> Spent | str:
    """Figures of ours, or why there are none."""
    return spent_or_why(prepare, work, *how)


@cache
def of_peer(prepare: Prepare, work: Work, *how: Any) -> Spent | str:
    """Figures of a peer, or why there are none."""
    return spent_or_why(prepare, work, *how, longest_s=PEER_S)


def in_its_own_process(prepare: Prepare, work: Work, *how: Any) -> Spent | None:
    """Figures of ours or of a peer; None where there are none."""
    known = of_peer if work.__name__.startswith(("theirs", "scipy", "tree")) else measured
    found = known(prepare, work, *how)
    return found if isinstance(found, Spent) else None
