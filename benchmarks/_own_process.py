"""Seconds and memory of one piece of work in a fresh process: nobody else's imports count."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from time import perf_counter, process_time
from types import ModuleType
from typing import Any, NamedTuple

LONGEST_S = 1800


class Spent(NamedTuple):
    """Wall seconds, seconds of processor (all threads), peak resident MB, what it answered."""

    wall_s: float
    cpu_s: float
    mb: float
    told: Any


def peak_mb() -> float:
    """Peak resident MB of this process since it began (ru_maxrss would keep its parent's)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


def _apart(pipe: Any, prepare: Callable[..., Any], work: Callable[[Any], Any], args: Any) -> None:
    try:
        given = prepare(*args)
        began, cpu = perf_counter(), process_time()
        told = work(given)
        spent, used = perf_counter() - began, process_time() - cpu
        pipe.send(Spent(spent, used, peak_mb(), told))
    except ImportError as error:
        pipe.send(error)


@contextmanager
def _without_main() -> Iterator[None]:
    """Have a new child not import the program that started us, with all that it imports."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def in_its_own_process(
    prepare: Callable[..., Any], work: Callable[[Any], Any], *args: Any
) -> Spent | None:
    """`work(prepare(*args))`; the clock covers `work`, the memory both. None: not installed.

    `prepare` should import and warm up what `work` needs.
    """
    spent = spent_or_why(prepare, work, *args)
    return spent if isinstance(spent, Spent) else None


def spent_or_why(
    prepare: Callable[..., Any],
    work: Callable[[Any], Any],
    *args: Any,
    longest_s: float = LONGEST_S,
) -> Spent | str:
    """The same, or in words why there is no figure; what takes longer than `longest_s` is ended."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    child = context.Process(target=_apart, args=(there, prepare, work, args))
    ours = "__main__" in {prepare.__module__, work.__module__}  # then the child needs it to start
    with nullcontext() if ours else _without_main():
        child.start()
    there.close()
    try:
        told = here.recv() if here.poll(longest_s) else f"not done in {longest_s:.0f} s"
    except EOFError:  # for want of memory most likely
        told = "died"
    if isinstance(told, str):
        child.kill()
    child.join(timeout=10)
    return f"not installed ({told.name})" if isinstance(told, ImportError) else told
