"""Turns: in a crowd of requests the latest wait, before anything of them is read.

A request that is being answered holds its parsed address, its key and what makes its tile; some
hundreds of them no longer fit into the processor's caches, and each then costs a sixth more. So
only `MOST` are answered at once and the others stand in line, each at most `LONGEST_S`: whoever
hangs on a slow query does not hold up those who would find their tile kept.
"""

from __future__ import annotations

import asyncio
from collections import deque

MOST = 40  # a few more than browsers of one family ask for, and than threads work on
LONGEST_S = 0.1


class Turns:
    """Who is answered and who stands in line; touched by one event loop alone."""

    def __init__(self) -> None:
        self.inside = 0
        self.line: deque[tuple[float, asyncio.Future[None]]] = deque()  # when to let it in anyway
        self.timer: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> None:
        """Wait for a turn."""
        if self.inside < MOST and not self.line:
            self.inside += 1
            return
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[None] = loop.create_future()
        place = (loop.time() + LONGEST_S, turn)
        self.line.append(place)
        if self.timer is None:
            self.timer = loop.call_later(LONGEST_S, self._let_in)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled() or not turn.done():
                self.line.remove(place)
            else:  # its turn had come, nobody is there to take it
                self._pass_on()
            raise

    async def __aexit__(self, *_: object) -> None:
        """Give the turn to the next in line."""
        self._pass_on()

    def _pass_on(self) -> None:
        while self.line and self.inside <= MOST:
            _, turn = self.line.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self.inside -= 1

    def _let_in(self) -> None:
        """Let in whoever has stood in line for long, however many are inside."""
        now = asyncio.get_running_loop().time()
        while self.line and (self.line[0][0] <= now or self.line[0][1].done()):
            _, turn = self.line.popleft()
            if not turn.done():
                self.inside += 1
                turn.set_result(None)
        self.timer = (
            asyncio.get_running_loop().call_at(self.line[0][0], self._let_in) if self.line else None
        )
