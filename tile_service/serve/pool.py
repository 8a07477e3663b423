"""Database connections of one login, lent by the event loop: each to one piece of work at a time.

A tile is asked for and received by the loop itself: no thread is woken for it, none waits for the
interpreter. What reads many rows, or needs a connection that must first be opened or learn a
statement, works in a thread. Work waits in a bounded queue and for a bounded time; work that nobody
wants any more is taken out of the queue, or its query is cancelled.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

import psycopg2

from tile_service.serve import mvt
from tile_service.serve.cache import Kept
from tile_service.serve.catalogue import PublishedFace
from tile_service.serve.config import Config
from tile_service.serve.errors import Busy, Refused, Unpublished
from tile_service.serve.jobs import Asked, Job, Lent
from tile_service.serve.session import Session

FIRST_REST_S = 0.5  # before a pool's second connection makes itself ready, and each further one
LOOK_S = 1.0  # how often the idle connections are looked through for one that is lost
REST = 3  # then as often as long as the statement before took
T = TypeVar("T")
log = logging.getLogger("gis_platform.tiles")


class Pool:
    """A few connections of one login."""

    def __init__(self, config: Config, login: str, faces: Iterable[PublishedFace] = ()) -> None:
        self.config, self.login = config, login
        self.faces = list(faces)
        self.loop = asyncio.get_running_loop()
        self.free: list[Lent] = []  # the last used one last
        self.waiting: OrderedDict[Job, None] = OrderedDict()  # oldest first
        self.timer: asyncio.TimerHandle | None = None
        self.renewing = False
        self.closing = False
        self.ended = threading.Event()
        self.local = threading.local()
        self.filled: dict[tuple[str, str], tuple[int, int, int]] = {}  # a face's tile with rows
        self.warmed = [threading.Event() for _ in range(config.threads)]
        self.threads = ThreadPoolExecutor(config.threads, thread_name_prefix=f"tiles-{login}")
        given = (list(self.faces),)  # those of the start; `_renew` takes the newest
        threading.Thread(target=self._open, args=given, name="tiles-open", daemon=True).start()
        self.loop.call_later(LOOK_S, self._look)

    # --- ready before they are needed (in threads) --------------------------------------------

    def _open(self, faces: list[PublishedFace]) -> None:
        """Open one after another: the first is ready sooner, and serves meanwhile."""
        for number, warmed in enumerate(self.warmed):
            session = Session(self.config, self.login)
            if number and not self.closing:
                self._make_way(FIRST_REST_S)
            try:
                for spent_s in session.warming([] if self.closing else faces):
                    if self.closing:
                        break
                    if number:
                        self._make_way(REST * spent_s)
            except Exception:  # it is opened by whoever needs it
                log.exception("a connection of %s was not made ready", self.login)
            if self.closing:  # the loop may have stopped: nobody else would close it
                session.close()
            else:
                self.filled = session.filled
                self._tell(self._give_back, Lent(session))
            warmed.set()

    def _make_way(self, seconds: float) -> None:
        """Rest, so that the first tiles have the machine to themselves; not while work waits."""
        if not self.waiting:
            self.ended.wait(seconds)

    def _renew(self, lent: Lent) -> None:
        """Make a lost connection anew, ready before it is needed; work that waits goes first."""
        try:
            for _ in lent.session.warming(self.faces):
                if self.waiting or self.closing:
                    break  # it is still cold: the next look goes on
        finally:
            self._tell(self._renewed, lent)

    def _tell(self, what: Callable[..., None], *args: Any) -> None:
        """Have the loop do something (from a thread)."""
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(what, *args)

    # --- in a thread that works with a connection ---------------------------------------------

    def query(self, face: PublishedFace, name: str, params: tuple[Any, ...]) -> tuple[Any, ...]:
        """First row of a face's statement `name`; raises Busy, Unpublished."""
        try:
            return self._tried(lambda session: session.execute(face, name, params))
        except (psycopg2.DataError, psycopg2.InternalError) as fault:
            raise Busy from fault

    def rows(self, text: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """All rows of a statement; raises Busy, and Refused for bad values."""
        try:
            return self._tried(lambda session: session.rows(text, params))
        except (psycopg2.DataError, psycopg2.InternalError) as fault:
            raise Refused("The database cannot work with a value of this request.") from fault

    def _tried(self, ask: Callable[[Session], T]) -> T:
        """What `ask` gives; a lost connection is made again once. Raises Busy, Unpublished."""
        lent: Lent = self.local.lent
        for last_try in (False, True):
            if lent.job is not None and lent.job.unwanted:
                raise Busy
            try:
                return ask(lent.session)
            except (psycopg2.DataError, psycopg2.InternalError):
                raise
            except psycopg2.errors.UndefinedTable as fault:
                raise Unpublished from fault
            except psycopg2.Error as fault:
                if isinstance(fault, psycopg2.extensions.QueryCanceledError):
                    raise Busy from fault
                lent.session.close()
                if last_try:
                    raise Busy from fault
        raise Busy

    def _work(self, lent: Lent, job: Job, work: Callable[[], Any]) -> None:
        self.local.lent = lent
        answer, fault = None, None
        try:
            answer = work()
        except Exception as found:  # handed on to whoever waits for the answer
            fault = found
        self._tell(self._end, lent, job, answer, fault)

    # --- asked for (from here on all is done by the event loop) -------------------------------

    async def run(self, work: Callable[..., Any], *args: Any) -> Any:
        """Run `work` in a thread with a connection; raises Busy when the queue is long or slow."""
        return await self._done(Job(self.loop.create_future(), partial(work, *args)))

    async def tile(self, face: PublishedFace, steps: mvt.Steps, begun: Callable[[], None]) -> Kept:
        """What the steps of a tile end with; raises Busy when the queue is long or slow."""
        asked = Asked(face, steps, next(steps), begun)
        made: Kept = await self._done(Job(self.loop.create_future(), asked))
        return made

    async def _done(self, job: Job) -> Any:
        """The job's answer; whoever cancels the call takes it out of the queue or cancels it."""
        if self.closing or len(self.waiting) >= self.config.longest_queue:
            raise Busy
        if self.free and not self.waiting:
            self._lend(self.free.pop(), job)
        else:
            job.ends = self.loop.time() + self.config.longest_wait_s
            self.waiting[job] = None
            if self.timer is None:  # all wait equally long, so that one timer serves them all
                self.timer = self.loop.call_at(job.ends, self._refuse_late)
        try:
            return await job.future
        except asyncio.CancelledError:
            self._call_off(job)
            raise

    def _refuse_late(self) -> None:
        while self.waiting and (oldest := next(iter(self.waiting))).ends <= self.loop.time():
            del self.waiting[oldest]
            oldest.settle(None, Busy())
        late = next(iter(self.waiting)).ends if self.waiting else None
        self.timer = self.loop.call_at(late, self._refuse_late) if late is not None else None

    def _call_off(self, job: Job) -> None:
        """Nobody wants it: do not begin it, or cancel its query."""
        job.unwanted = True
        if job in self.waiting:
            del self.waiting[job]
            return
        lent = job.lent
        if lent is None or lent.job is not job or lent.cancelling or lent.session.conn is None:
            return
        lent.cancelling = True
        cancelled = self.loop.run_in_executor(None, _cancel, lent.session.conn)
        cancelled.add_done_callback(lambda _: self._called_off(lent))

    def _called_off(self, lent: Lent) -> None:
        lent.cancelling = False
        if lent.job is None:
            self._give_back(lent)

    # --- lent ---------------------------------------------------------------------------------

    def _lend(self, lent: Lent, job: Job) -> None:
        lent.job, job.lent = job, lent
        if isinstance(job.work, Asked):
            job.work.begun()
            self._ask(lent, job, job.work)
        else:
            self._in_thread(lent, job, job.work)

    def _ask(self, lent: Lent, job: Job, asked: Asked) -> None:
        """Send what the tile asks next; in a thread where the statement must first be prepared."""
        if lent.session.knows(asked.face, asked.next[0]):
            try:
                lent.session.send(asked.face, *asked.next)
            except psycopg2.Error as fault:
                self._failed(lent, job, asked, fault)
        else:
            self._ask_in_thread(lent, job, asked)

    def _ask_in_thread(self, lent: Lent, job: Job, asked: Asked) -> None:
        work = partial(mvt.driven, self, asked.face, asked.steps, asked.next)
        self._in_thread(lent, job, work)

    def _in_thread(self, lent: Lent, job: Job, work: Callable[[], Any]) -> None:
        if self.closing:
            self._end(lent, job, None, Busy())
            return
        self._unwatch(lent)
        self.threads.submit(self._work, lent, job, work)

    def _heard(self, lent: Lent) -> None:
        """Something came over a connection: part of an answer, all of it, or its end."""
        job = lent.job
        asked = job.work if job is not None and isinstance(job.work, Asked) else None
        try:
            row = lent.session.received()
        except psycopg2.Error as fault:
            if job is None or asked is None:
                self._unwatch(lent)
                lent.session.close()
            else:
                self._failed(lent, job, asked, fault)
            return
        if row is None or job is None or asked is None:
            return
        try:
            asked.next = asked.steps.send(row)
        except StopIteration as done:
            self._end(lent, job, done.value, None)
        except Exception as found:  # handed on to whoever waits for the answer
            self._end(lent, job, None, found)
        else:
            self._ask(lent, job, asked)

    def _failed(self, lent: Lent, job: Job, asked: Asked, fault: psycopg2.Error) -> None:
        """A statement failed; a lost connection is made again once, in a thread."""
        spoilt = psycopg2.DataError | psycopg2.InternalError
        if job.unwanted or isinstance(fault, spoilt | psycopg2.extensions.QueryCanceledError):
            busy = Busy()
            busy.__cause__ = fault
            self._end(lent, job, None, busy)
            return
        self._unwatch(lent)
        lent.session.close()
        self._ask_in_thread(lent, job, asked)

    def _end(self, lent: Lent, job: Job, answer: Any, fault: BaseException | None) -> None:
        job.settle(answer, fault)
        lent.job = None
        if not lent.cancelling:
            self._give_back(lent)

    def _give_back(self, lent: Lent) -> None:
        """Lend it to who waits longest, or keep it; one that must be opened first comes last."""
        if self.closing:
            self._unwatch(lent)
            lent.session.close()
            return
        if stands := lent.session.is_open():
            self._watch(lent)
        if self.waiting:
            self._lend(lent, self.waiting.popitem(last=False)[0])
        elif stands:
            self.free.append(lent)
        else:
            self.free.insert(0, lent)

    def _renewed(self, lent: Lent) -> None:
        self.renewing = False
        self._give_back(lent)

    def _look(self) -> None:
        """Have one connection made anew that was lost while nobody used it."""
        if self.closing:
            return
        self.loop.call_later(LOOK_S, self._look)
        lost = next((lent for lent in self.free if lent.session.cold()), None)
        if lost is not None and not self.renewing:
            self.renewing = True
            self.free.remove(lost)
            self._unwatch(lost)
            self.threads.submit(self._renew, lost)

    def _watch(self, lent: Lent) -> None:
        number = lent.session.conn.fileno()
        if lent.watched != number:
            self._unwatch(lent)
            self.loop.add_reader(number, self._heard, lent)
            lent.watched = number

    def _unwatch(self, lent: Lent) -> None:
        if lent.watched >= 0:
            self.loop.remove_reader(lent.watched)
            lent.watched = -1

    async def until_warm(self) -> None:
        """Wait until a connection has run every statement; the others follow, then serve too."""
        await self.loop.run_in_executor(None, self.warmed[0].wait)

    def close(self) -> None:
        """Close the connections, those at work when they are given back (from any thread)."""
        self.closing = True
        self.ended.set()
        self.threads.shutdown(wait=False)
        self._tell(self._close)

    def _close(self) -> None:
        while self.free:
            self._give_back(self.free.pop())


def _cancel(conn: Any) -> None:
    """Cancel what runs on `conn` (blocks for a moment)."""
    try:
        conn.cancel()
    except psycopg2.Error:
        log.warning("a query could not be cancelled")
