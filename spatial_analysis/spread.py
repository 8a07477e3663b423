"""Parts counted by many workers: dask.distributed does the scheduling, we name what to count.

A worker gets the plan and a path, reads the part, answers a tally. It needs this package and the
folder of parts, no Django and no database. What was lost with a worker is counted again; a part
that kills every worker ends the run with its name.
"""

from __future__ import annotations

import logging
import os
import pickle
import subprocess
import sys
import tempfile
import time
import uuid
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import dask
from distributed import Client, Future, KilledWorker, LocalCluster, wait
from distributed.security import Security

from spatial_analysis.means import SpreadFailed, checked_address
from spatial_analysis.partitions import Part, read_part
from spatial_analysis.tally import Counted, Counting

ROOT = Path(__file__).resolve().parent.parent
KEPT_NAMES = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "VIRTUAL_ENV")
KEPT_BEGINNINGS = ("DASK_", "NUMBA_", "OMP_", "OPENBLAS_")
CONFIG = {
    "distributed.scheduler.worker-saturation": 1.0,  # one part a worker: only the guilty one dies
    "distributed.admin.log-length": 100,
    "distributed.worker.daemon": False,
}
START_S, LONELY_S = 60, 60
Work = Callable[[bytes, str, Part, int], Counted]


def count_part(plan: bytes, folder: str, part: Part, epsg: int) -> Counted:
    """The task: read a part, count it."""
    known: Counting = pickle.loads(zlib.decompress(plan))  # noqa: S301 - our own scheduler, inside
    return known.count(read_part(Path(folder), part, known.codes, epsg))


def counted_by(
    client: Client,
    plan: Counting,
    folder: Path,
    parts: Sequence[Part],
    epsg: int,
    *,
    work: Work = count_part,
) -> Iterator[tuple[Part, Counted]]:
    """Yield each part with what was counted as workers finish, in any order.

    Raises SpreadFailed, and what `read_part` raises.
    """
    packed = zlib.compress(pickle.dumps(plan))
    job = f"tally-{plan.digest[:12]}-{uuid.uuid4().hex[:8]}"  # no other run's fault is ours
    waiting = {
        client.submit(work, packed, str(folder.resolve()), part, epsg, key=(job, part.name)): part
        for part in parts
    }
    try:
        yield from _finished(client, waiting)
    finally:  # a scheduler that stays forgets them
        for future in waiting:
            future.release()


def _finished(client: Client, waiting: dict[Future, Part]) -> Iterator[tuple[Part, Counted]]:
    """Each part with its tally as it comes, taken out of `waiting`; raises SpreadFailed."""
    alone_since: float | None = None
    while waiting:
        try:
            done = wait(list(waiting), timeout=2, return_when="FIRST_COMPLETED").done
        except TimeoutError:
            done = set()
        if not done:
            there = client.scheduler_info(n_workers=1)["workers"]
            alone_since = None if there else alone_since or time.monotonic()
            if alone_since and time.monotonic() - alone_since > LONELY_S:
                raise SpreadFailed(f"no worker is left; {len(waiting)} parts are not counted")
        for future in done:
            try:
                counted = future.result()
            except KilledWorker as error:
                part = waiting[future]
                raise SpreadFailed(f"{part.path}: every worker that counts it dies") from error
            future.release()
            yield waiting.pop(future), counted


@contextmanager
def crew(where: str, *, nanny: bool = True) -> Iterator[Client]:
    """A client: of workers started here (`where` is their number), or of a scheduler's address."""
    with ExitStack() as stack:
        stack.enter_context(dask.config.set(CONFIG))
        logging.getLogger("distributed").setLevel(logging.CRITICAL)  # we tell what matters
        if checked_address(where).isdigit():
            address = stack.enter_context(_started(int(where), nanny))
            secure = None
        else:
            address, secure = where, Security(require_encryption=True)
            secure = secure if address.startswith("tls://") else None
        client = stack.enter_context(Client(address, security=secure, timeout=START_S))
        client.wait_for_workers(int(where) if where.isdigit() else 1, timeout=START_S)
        yield client


@contextmanager
def _started(workers: int, nanny: bool) -> Iterator[str]:
    """A scheduler on the loopback and `workers` processes of one thread; its address."""
    with ExitStack() as stack:
        cluster = stack.enter_context(
            LocalCluster(n_workers=0, host="127.0.0.1", dashboard_address="127.0.0.1:0")
        )
        home = stack.enter_context(tempfile.TemporaryDirectory())
        for _ in range(workers):
            stack.enter_context(_worker(cluster.scheduler_address, home, nanny))
        yield cluster.scheduler_address


@contextmanager
def _worker(address: str, home: str, nanny: bool) -> Iterator[subprocess.Popen[bytes]]:
    words = [
        sys.executable, "-m", "distributed.cli.dask_worker", address, "--host", "127.0.0.1",
        "--nthreads", "1", "--nworkers", "1", "--no-dashboard", "--death-timeout", "30",
        "--local-directory", home, "--nanny" if nanny else "--no-nanny",
    ]  # fmt: skip
    process = subprocess.Popen(
        words, env=clean_env(home), cwd=home, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def clean_env(home: str) -> dict[str, str]:
    """Environment of a worker: no address of a database, no secret, a home of its own."""
    kept: dict[str, Any] = {
        name: value for name, value in os.environ.items()
        if name in KEPT_NAMES or name.startswith(KEPT_BEGINNINGS)
    }  # fmt: skip
    return kept | {"HOME": home, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
