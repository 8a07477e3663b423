"""Database threads of one login: each owns a connection and its prepared statements.

Work waits in a bounded queue and for a bounded time; work that nobody wants any more is taken
out of the queue, or its query is cancelled.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, TypeVar

import psycopg2

from tile_service.serve.catalogue import PublishedFace
from tile_service.serve.config import Config
from tile_service.serve.errors import Busy, Refused
from tile_service.serve.session import Session

FIRST_REST_S = 0.5  # before a pool's second connection makes itself ready, and each further one
LOOK_S = 1.0  # how often an idle thread looks whether its connection still stands
REST = 3  # then as often as long as the statement before took
T = TypeVar("T")
log = logging.getLogger("gis_platform.tiles")


class Job:
    """One piece of work and the future of its answer."""

    def __init__(self, work: Callable[[], Any], future: asyncio.Future[Any], ends: float) -> None:
        self.work, self.future, self.ends = work, future, ends
        self.session: Session | None = None
        self.unwanted = False

    def settle(self, answer: Any, fault: BaseException | None) -> None:
        """Give the answer or the fault to whoever waits (in the event loop)."""
        if self.future.done():
            return
        if fault is None:
            self.future.set_result(answer)
        else:
            self.future.set_exception(fault)

    def call_off(self) -> None:
        """Nobody wants it: do not begin it, or cancel its query (may block for a moment)."""
        self.unwanted = True
        session = self.session
        if session is None:
            return
        with session.changing:
            if session.job is self and session.conn is not None:
                try:
                    session.conn.cancel()
                except psycopg2.Error:
                    log.warning("a query could not be cancelled")


class Settled:
    """Answers on their way from threads to the event loop: many are told with one waking."""

    def __init__(self) -> None:
        self.told: deque[tuple[Job, Any, BaseException | None]] = deque()
        self.woken = False

    def tell(self, job: Job, answer: Any, fault: BaseException | None) -> None:
        """Hand over what came of `job` (from a thread)."""
        self.told.append((job, answer, fault))
        loop = job.future.get_loop()
        if not self.woken and not loop.is_closed():
            self.woken = True  # two threads may both wake it: the second finds nothing
            loop.call_soon_threadsafe(self._settle)

    def _settle(self) -> None:
        self.woken = False  # before looking: what is told from now on wakes anew
        while self.told:
            job, answer, fault = self.told.popleft()
            job.settle(answer, fault)


class Pool:
    """A few threads for one login.

    A job that waits is in `waiting`; whoever takes it out (a thread, the timer, its caller) has
    it for itself, so that no lock is held while the event loop works.
    """

    def __init__(self, config: Config, login: str, faces: Iterable[PublishedFace] = ()) -> None:
        self.config, self.login = config, login
        self.faces = list(faces)
        self.jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self.waiting: set[Job] = set()
        self.order: deque[Job] = deque()  # those that wait, oldest first, and some that do not
        self.timer: asyncio.TimerHandle | None = None
        self.settled = Settled()
        self.closing = False
        self.ended = threading.Event()
        self.local = threading.local()
        self.renewing = threading.Lock()  # held by the one connection that makes itself ready
        self.filled: dict[tuple[str, str], tuple[int, int, int]] = {}  # a face's tile with rows
        self.warmed = [threading.Event() for _ in range(config.threads)]
        for number in range(config.threads):
            name = f"tiles-{login}-{number}"
            given = (number, self.faces)  # those of the start; `_renew` takes the newest
            threading.Thread(target=self._serve, args=given, name=name, daemon=True).start()

    def _serve(self, number: int, faces: list[PublishedFace]) -> None:
        session = self.local.session = Session(self.config, self.login)
        if number:  # one after another: the first is ready sooner, and serves meanwhile
            self.warmed[number - 1].wait()
            self._make_way(FIRST_REST_S)
        try:
            for spent_s in session.warming(faces):
                if self.closing:
                    break
                if number:
                    self._make_way(REST * spent_s)
        finally:
            self.filled = session.filled
            self.warmed[number].set()
        while (job := self._next(session)) is not None:
            self._do(session, job)
        session.close()

    def _make_way(self, seconds: float) -> None:
        """Rest, so that the first tiles have the machine to themselves; not while work waits."""
        if not self.waiting:
            self.ended.wait(seconds)

    def _next(self, session: Session) -> Job | None:
        while True:
            try:
                job = self.jobs.get(timeout=LOOK_S)
            except queue.Empty:
                self._renew(session)
                continue
            if job is None:
                return None
            if self._taken(job):
                job.session = session
                return job

    def _renew(self, session: Session) -> None:
        """Make a lost connection anew, ready before it is needed; work that waits goes first."""
        if not session.cold() or not self.renewing.acquire(blocking=False):
            return
        try:
            for _ in session.warming(self.faces):
                if self.waiting or self.closing:
                    return  # it is still cold: the next idle moment goes on
        finally:
            self.renewing.release()

    def _taken(self, job: Job) -> bool:
        """True for the one that takes a job out of those that wait."""
        try:
            self.waiting.remove(job)
        except KeyError:
            return False
        return True

    def _do(self, session: Session, job: Job) -> None:
        with session.changing:
            if job.unwanted:
                return
            session.job = job
        answer, fault = None, None
        try:
            answer = job.work()
        except Exception as found:  # handed on to whoever waits for the answer
            fault = found
        with session.changing:
            session.job = None
        self.settled.tell(job, answer, fault)

    def query(self, face: PublishedFace, name: str, params: tuple[Any, ...]) -> tuple[Any, ...]:
        """First row of a face's statement `name` (in a thread of the pool); raises Busy."""
        try:
            return self._tried(lambda session: session.execute(face, name, params))
        except (psycopg2.DataError, psycopg2.InternalError) as fault:
            raise Busy from fault

    def rows(self, text: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """All rows of a statement (in a thread); raises Busy, and Refused for bad values."""
        try:
            return self._tried(lambda session: session.rows(text, params))
        except (psycopg2.DataError, psycopg2.InternalError) as fault:
            raise Refused("The database cannot work with a value of this request.") from fault

    def _tried(self, ask: Callable[[Session], T]) -> T:
        """What `ask` gives; a lost connection is made again once."""
        session: Session = self.local.session
        for last_try in (False, True):
            if session.job is not None and session.job.unwanted:
                raise Busy
            try:
                return ask(session)
            except (psycopg2.DataError, psycopg2.InternalError):
                raise
            except psycopg2.Error as fault:
                if isinstance(fault, psycopg2.extensions.QueryCanceledError):
                    raise Busy from fault
                session.close()
                if last_try:
                    raise Busy from fault
        raise Busy

    async def run(self, work: Callable[..., Any], *args: Any) -> Any:
        """Run `work` in a thread of the pool; raises Busy when the queue is long or slow.

        Whoever cancels the call takes the work out of the queue or cancels its query.
        """
        if self.closing or len(self.waiting) >= self.config.longest_queue:
            raise Busy
        loop = asyncio.get_running_loop()
        ends = loop.time() + self.config.longest_wait_s
        job = Job(partial(work, *args), loop.create_future(), ends)
        self.waiting.add(job)
        self._line_up(job, loop)
        self.jobs.put(job)
        try:
            return await job.future
        except asyncio.CancelledError:
            if not self._taken(job):
                loop.run_in_executor(None, job.call_off)
            raise

    def _line_up(self, job: Job, loop: asyncio.AbstractEventLoop) -> None:
        """Have the job refused in time; all that wait share one timer, as all wait equally long."""
        while self.order and self.order[0] not in self.waiting:
            self.order.popleft()
        self.order.append(job)
        if self.timer is None:
            self.timer = loop.call_at(job.ends, self._refuse_late, loop)

    def _refuse_late(self, loop: asyncio.AbstractEventLoop) -> None:
        while self.order and (self.order[0].ends <= loop.time() or self.order[0].future.done()):
            job = self.order.popleft()
            if self._taken(job) and not job.future.done():
                job.future.set_exception(Busy())
        late = self.order[0].ends if self.order else None
        self.timer = loop.call_at(late, self._refuse_late, loop) if late is not None else None

    async def until_warm(self) -> None:
        """Wait until a connection has run every statement; the others follow, then serve too."""
        await asyncio.get_running_loop().run_in_executor(None, self.warmed[0].wait)

    def close(self) -> None:
        """Let the threads end; their connections go with them."""
        self.closing = True
        for _ in self.warmed:
            self.jobs.put(None)
        self.ended.set()
