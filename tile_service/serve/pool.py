"""Database threads of one login: each owns a connection and its prepared statements.

Work waits in a bounded queue and for a bounded time; work that nobody wants any more is taken
out of the queue, or its query is cancelled.
"""

from __future__ import annotations

import asyncio
import logging
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
REST = 3  # then as often as long as the statement before took
T = TypeVar("T")
log = logging.getLogger("gis_platform.tiles")


class Job:
    """One piece of work and the future of its answer."""

    def __init__(self, work: Callable[[], Any], loop: asyncio.AbstractEventLoop) -> None:
        self.work, self.loop = work, loop
        self.future: asyncio.Future[Any] = loop.create_future()
        self.session: Session | None = None
        self.unwanted = False

    def tell(self, answer: Any, fault: BaseException | None) -> None:
        """Give the answer or the fault to whoever waits (from a thread)."""
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self._settle, answer, fault)

    def _settle(self, answer: Any, fault: BaseException | None) -> None:
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


class Pool:
    """A few threads for one login."""

    def __init__(self, config: Config, login: str, faces: Iterable[PublishedFace] = ()) -> None:
        self.config, self.login = config, login
        self.faces = list(faces)
        self.jobs: deque[Job] = deque()
        self.changed = threading.Condition()
        self.closing = False
        self.ended = threading.Event()
        self.local = threading.local()
        self.filled: dict[tuple[str, str], tuple[int, int, int]] = {}  # a face's tile with rows
        self.warmed = [threading.Event() for _ in range(config.threads)]
        for number in range(config.threads):
            name = f"tiles-{login}-{number}"
            threading.Thread(target=self._serve, args=(number,), name=name, daemon=True).start()

    def _serve(self, number: int) -> None:
        session = self.local.session = Session(self.config, self.login)
        if number:  # one after another: the first is ready sooner, and serves meanwhile
            self.warmed[number - 1].wait()
            self._make_way(FIRST_REST_S)
        try:
            for spent_s in session.warming(self.faces):
                if self.closing:
                    break
                if number:
                    self._make_way(REST * spent_s)
        finally:
            self.filled = session.filled
            self.warmed[number].set()
        while (job := self._next()) is not None:
            self._do(session, job)
        session.close()

    def _make_way(self, seconds: float) -> None:
        """Rest, so that the first tiles have the machine to themselves; not while work waits."""
        if not self.jobs:
            self.ended.wait(seconds)

    def _next(self) -> Job | None:
        with self.changed:
            while not self.jobs:
                if self.closing:
                    return None
                self.changed.wait()
            job = self.jobs.popleft()
            job.session = self.local.session
            return job

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
        job.tell(answer, fault)

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
        loop = asyncio.get_running_loop()
        job = Job(partial(work, *args), loop)
        with self.changed:
            if self.closing or len(self.jobs) >= self.config.longest_queue:
                raise Busy
            self.jobs.append(job)
            self.changed.notify()
        timer = loop.call_later(self.config.longest_wait_s, self._too_late, job)
        try:
            return await job.future
        except asyncio.CancelledError:
            if not self._forget(job):
                loop.run_in_executor(None, job.call_off)
            raise
        finally:
            timer.cancel()

    def _forget(self, job: Job) -> bool:
        with self.changed:
            if job.session is not None or job not in self.jobs:
                return False
            self.jobs.remove(job)
            return True

    def _too_late(self, job: Job) -> None:
        if self._forget(job) and not job.future.done():
            job.future.set_exception(Busy())

    async def until_warm(self) -> None:
        """Wait until a connection has run every statement; the others follow, then serve too."""
        await asyncio.get_running_loop().run_in_executor(None, self.warmed[0].wait)

    def close(self) -> None:
        """Let the threads end; their connections go with them."""
        with self.changed:
            self.closing = True
            self.changed.notify_all()
        self.ended.set()
