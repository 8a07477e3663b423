"""Answers that are being made, each once for all its callers; what nobody waits for is called off.

A caller is watched for leaving only once the answer's query has run for a while: most are made by
then, and one that waits in a queue is either begun or refused soon. Watching costs as much as a
small tile, and in a crowd every caller waits long.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tile_service.serve.cache import Kept, Key
from tile_service.serve.errors import Gone

if TYPE_CHECKING:
    from tile_service.serve.service import Receive

WATCH_AFTER_S = 0.05  # how long a query may run before its callers are watched
Place = tuple[Key, bool]  # the key, and whether the version was right


@dataclass(slots=True, eq=False)
class Caller:
    """Somebody who waits."""

    told: asyncio.Future[Kept]
    receive: Receive | None
    watch: asyncio.Task[None] | None = None


@dataclass(slots=True, eq=False)
class Making:
    """An answer that is being made, and who waits for it; `begun_at`: when its query began."""

    callers: list[Caller] = field(default_factory=list)
    task: asyncio.Task[None] | None = None
    done: bool = False
    begun_at: float | None = None

    def begun(self) -> None:
        """Its query begins (told from any thread)."""
        self.begun_at = time.monotonic()

    def tell(self, kept: Kept) -> None:
        """Give the answer to all who wait."""
        self.done = True
        for caller in self.callers:
            if not caller.told.done():
                caller.told.set_result(kept)

    def fail(self, fault: Exception) -> None:
        """Give the fault to all who wait."""
        self.done = True
        for caller in self.callers:
            if not caller.told.done():
                caller.told.set_exception(fault)

    def watch(self) -> None:
        """See when its callers leave."""
        for caller in self.callers:
            if caller.watch is None and caller.receive is not None:
                caller.watch = asyncio.ensure_future(_leaving(caller, caller.receive))


class Makings:
    """What one process is making; touched by its event loop alone."""

    def __init__(self) -> None:
        self.by_place: dict[Place, Making] = {}
        self.timer: asyncio.TimerHandle | None = None

    async def once(
        self,
        place: Place,
        make: Callable[[Making], Awaitable[None]],
        receive: Receive | None = None,
    ) -> Kept:
        """The answer for `place`, made by `make` unless it is being made; raises Gone."""
        making = self.by_place.get(place)
        if making is None:
            making = self.by_place[place] = Making()
            making.task = asyncio.ensure_future(self._made(place, make, making))
        loop = asyncio.get_running_loop()
        if self.timer is None:
            self.timer = loop.call_later(WATCH_AFTER_S, self._look)
        caller = Caller(loop.create_future(), receive)
        making.callers.append(caller)
        try:
            return await caller.told
        finally:
            self._leave(place, making, caller)

    async def _made(
        self, place: Place, make: Callable[[Making], Awaitable[None]], making: Making
    ) -> None:
        try:
            await make(making)
        except Exception as fault:  # handed to all who wait
            making.fail(fault)
        finally:
            self.forget(place, making)

    def forget(self, place: Place, making: Making) -> None:
        """Whoever asks from now on has it made anew, or finds it kept."""
        if self.by_place.get(place) is making:
            del self.by_place[place]

    def _leave(self, place: Place, making: Making, caller: Caller) -> None:
        making.callers.remove(caller)
        if caller.watch is not None:
            caller.watch.cancel()
        if not making.callers and not making.done and making.task is not None:
            self.forget(place, making)
            making.task.cancel()

    def _look(self) -> None:
        """Have those watched whose query runs long; again as long as anything is being made."""
        late = time.monotonic() - WATCH_AFTER_S
        for making in self.by_place.values():
            if making.begun_at is not None and making.begun_at <= late:
                making.watch()
        loop = asyncio.get_running_loop()
        self.timer = loop.call_later(WATCH_AFTER_S, self._look) if self.by_place else None


async def until_gone(receive: Any) -> None:
    """Wait until the caller leaves."""
    while (await receive())["type"] != "http.disconnect":
        await asyncio.sleep(0)


async def _leaving(caller: Caller, receive: Receive) -> None:
    await until_gone(receive)
    if not caller.told.done():
        caller.told.set_exception(Gone())
