"""What a pool lends its connections to: work for a thread, or a tile that the loop asks for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tile_service.serve import mvt
from tile_service.serve.catalogue import PublishedFace
from tile_service.serve.session import Session


@dataclass(slots=True)
class Asked:
    """A tile on its way: its steps, and what they ask next."""

    face: PublishedFace
    steps: mvt.Steps
    next: mvt.Asking
    begun: Callable[[], None]


@dataclass(slots=True, eq=False)
class Job:
    """One piece of work and the future of its answer."""

    future: asyncio.Future[Any]
    work: Callable[[], Any] | Asked
    ends: float = 0  # loop.time() at which it is refused unless it has begun
    lent: Lent | None = None
    unwanted: bool = False

    def settle(self, answer: Any, fault: BaseException | None) -> None:
        """Give the answer or the fault to whoever waits."""
        if self.future.done():
            return
        if fault is None:
            self.future.set_result(answer)
        else:
            self.future.set_exception(fault)


@dataclass(slots=True, eq=False)
class Lent:
    """A connection and what it is lent to; touched by the event loop, its session by one more."""

    session: Session
    job: Job | None = None
    cancelling: bool = False  # not lent again before the cancelling is over: it might hit another
    watched: int = -1  # file descriptor whose answers the loop hears of
