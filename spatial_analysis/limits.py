"""Work in a process of its own that may take so much time and memory, and no more.

A question that is too large ends; the worker that answers all others goes on. The system sets
the bounds (private memory, a timer, at last a kill): code that asks nobody is held to them too.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from types import FrameType

from django.db import connections

GRACE_S = 10.0  # for what Python cannot interrupt: then the process is killed
GLANCE_S = 0.02
PR_SET_PDEATHSIG = 1
MB = 1 << 20


class Ended(Enum):
    """How the work ended: it came to its own end, was too long, or its process died."""

    ITSELF = "itself"
    TOO_LONG = "too long"
    DIED = "died"


class TooLong(BaseException):
    """The work was told to stop at its limit of time; nobody who catches errors keeps it up."""


def may_part() -> bool:
    """Tell whether this process can work in another one: no thread and no transaction beside it."""
    alone = threading.current_thread() is threading.main_thread()
    return alone and not any(one.in_atomic_block for one in connections.all(initialized_only=True))


def apart(work: Callable[[], object], *, most_s: float, most_mb: int) -> Ended:
    """Do `work` in a child; what it writes to the database stays, what it returns does not.

    most_mb : what it may take beside what this process holds already; beyond it `work` sees
    MemoryError. At most_s it sees TooLong, GRACE_S later its process is killed: its open
    transaction is undone by the database. It dies with its parent too.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        _work(work, parent, most_s, most_mb)
    return _waited_for(child, most_s)


def _work(work: Callable[[], object], parent: int, most_s: float, most_mb: int) -> None:
    code = 1
    try:
        for kind in (signal.SIGINT, signal.SIGTERM):  # the worker's: it waits for its last task
            signal.signal(kind, signal.SIG_IGN)
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() == parent:
            for connection in connections.all(initialized_only=True):
                connection.connection = None  # the parent's: the driver does not close it here
            _hold_to(most_s, most_mb)
            work()
            code = 0
    except TooLong:
        code = 2
    except BaseException as error:
        sys.excepthook(type(error), error, error.__traceback__)
    finally:
        os._exit(code)


def _hold_to(most_s: float, most_mb: int) -> None:
    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise TooLong

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, most_s)
    most = held_bytes() + most_mb * MB
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (most, hard))


def held_bytes() -> int:
    """Private memory that this process has asked for, bytes: what RLIMIT_DATA counts."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmData"))


def _waited_for(child: int, most_s: float) -> Ended:
    until, killed = time.monotonic() + most_s + GRACE_S, False
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            break
        if not killed and time.monotonic() > until:
            os.kill(child, signal.SIGKILL)
            killed = True
        time.sleep(GLANCE_S)
    code = os.waitstatus_to_exitcode(status)
    if killed or code == 2:
        return Ended.TOO_LONG
    return Ended.ITSELF if code == 0 else Ended.DIED
