"""A management command in a process of its own, watched: seconds, peak memory, what it printed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

GLANCE_S = 0.1


@dataclass(frozen=True, slots=True)
class Seen:
    """How a command went: exit code (negative: killed), seconds, peak MB, output.

    `mb` is of the command's own process; `mb_children` of the largest it started.
    """

    code: int
    seconds: float
    mb: float
    mb_children: float
    out: str
    err: str
    lost: int = 0


def manage(
    *words: str,
    environment: dict[str, str],
    kill_when: Callable[[], bool] | None = None,
    worker_only: bool = False,
) -> Seen:
    """Run `manage.py words`; with `kill_when` it is killed (-9) as soon as that is true.

    With `worker_only` one of its workers is killed in its place, once: `lost` is its number.
    """
    command = [sys.executable, "manage.py", *words]
    peaks: dict[int, float] = {}
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        began, lost = time.perf_counter(), 0
        child = subprocess.Popen(
            command, cwd=settings.BASE_DIR, env=os.environ | environment, stdout=out, stderr=err
        )
        while child.poll() is None:
            for pid in (child.pid, *_below(child.pid)):
                peaks[pid] = max(peaks.get(pid, 0.0), _peak_mb(pid))
            if kill_when is not None and not lost and kill_when():
                lost = _worker_of(child.pid) if worker_only else child.pid
                os.kill(lost or child.pid, signal.SIGKILL)
            time.sleep(GLANCE_S)
        took = time.perf_counter() - began
        own = peaks.pop(child.pid, 0.0)
        for file in (out, err):
            file.seek(0)
        texts = out.read(), err.read()
    most = max(peaks.values(), default=0.0)
    return Seen(child.returncode, took, own, most, *texts, lost if worker_only else 0)


def _worker_of(pid: int) -> int:
    """A worker process below this one: what a nanny of dask started; 0 when there is none."""
    for one in _below(pid):
        try:
            command = Path(f"/proc/{one}/cmdline").read_bytes()
        except OSError:
            continue
        if b"spawn_main" in command:
            return one
    return 0


def _peak_mb(pid: int) -> float:
    """Peak resident MB of a process so far; 0 when it has gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)


def _below(pid: int) -> list[int]:
    """Processes that this one started, and theirs."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            own = [int(word) for word in task.read_text().split()]
        except OSError:
            continue
        for one in own:
            found += [one, *_below(one)]
    return found
