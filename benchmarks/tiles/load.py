"""Load on a loopback server: many kept-alive connections, each asking as soon as it is answered.

`python benchmarks/tiles/load.py JOB.json` prints what came of it, in a process of its own, so that
the interpreter that measures is not the one that works. Stands on the standard library alone;
uvloop makes it lighter where it is there, so that the server is what is measured.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import itertools
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Tally:
    """Answers by status, and their times (s)."""

    answers: Counter[int] = field(default_factory=Counter)
    times: dict[int, list[float]] = field(default_factory=dict)
    bytes: int = 0
    first: float = 0.0  # when the first request was sent, and the last answer was there
    last: float = 0.0

    def note(self, status: int, spent_s: float, size: int) -> None:
        """Count one answer."""
        self.last = time.perf_counter()
        self.answers[status] += 1
        self.times.setdefault(status, []).append(spent_s)
        self.bytes += size


class Asker(asyncio.Protocol):
    """One connection."""

    def __init__(self, requests: Iterator[bytes], tally: Tally) -> None:
        self.requests, self.tally = requests, tally
        self.ends = 0.0
        self.buffer = b""
        self.status = self.size = self.left = 0  # of the answer that is being read
        self.began = 0.0
        self.done = asyncio.get_running_loop().create_future()
        self.transport: Any = None

    def connection_made(self, transport: Any) -> None:
        """Wait for the others."""
        self.transport = transport

    def start(self, ends: float) -> None:
        """Ask until `ends`."""
        self.ends = ends
        self.ask()

    def ask(self) -> None:
        """Send the next request, or stop when time or requests are over."""
        request = next(self.requests, None) if time.perf_counter() < self.ends else None
        if request is None:
            self.finish()
            return
        self.began = time.perf_counter()
        self.tally.first = self.tally.first or self.began
        self.transport.write(request)

    def finish(self) -> None:
        """Close."""
        if not self.done.done():
            self.done.set_result(None)
        self.transport.close()

    def data_received(self, data: bytes) -> None:
        """Read answers: status line, content-length, body; its bytes are counted, not kept."""
        if self.left:
            self.left -= len(data)
        elif not self.begun(data):
            return
        if self.left <= 0:
            self.buffer, self.left = b"", 0
            self.tally.note(self.status, time.perf_counter() - self.began, self.size)
            self.ask()

    def begun(self, data: bytes) -> bool:
        """Read the head of an answer; False until all of it is there (all of a chunked body)."""
        self.buffer = self.buffer + data if self.buffer else data
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return False
        head = self.buffer[:end].lower()
        at = head.find(b"content-length:")
        there = len(self.buffer) - end - 4
        if at >= 0:
            self.size = int(head[at + 15 :].split(b"\r\n", 1)[0])
        elif b"transfer-encoding: chunked" in head:
            if not self.buffer.endswith(b"0\r\n\r\n"):
                return False
            self.size = there
        else:
            self.size = 0
        self.status, self.left = int(head[9:12]), self.size - there
        return True

    def connection_lost(self, fault: Exception | None) -> None:
        """The server closed."""
        if not self.done.done():
            self.done.set_result(None)


def request_of(path: str, headers: dict[str, str]) -> bytes:
    """A GET request."""
    lines = "".join(f"{name}: {text}\r\n" for name, text in headers.items())
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{lines}\r\n".encode()


async def run(job: dict[str, Any]) -> dict[str, Any]:
    """Do what `job` says: port, paths, headers, connections, seconds, once."""
    asked = [request_of(path, job.get("headers", {})) for path in job["paths"]]
    random.Random(1).shuffle(asked)
    requests = iter(asked) if job.get("once") else itertools.cycle(asked)
    tally, loop = Tally(), asyncio.get_running_loop()
    opened = await asyncio.gather(
        *(
            loop.create_connection(lambda: Asker(requests, tally), "127.0.0.1", job["port"])
            for _ in range(job["connections"])
        )
    )
    askers = [asker for _, asker in opened]
    ends = time.perf_counter() + job["seconds"]  # answers are measured, not the opening
    for asker in askers:
        asker.start(ends)
    await asyncio.wait([asker.done for asker in askers], timeout=job["seconds"] + 5)
    for asker in askers:
        asker.finish()
    return {
        "seconds": max(tally.last - tally.first, 1e-6),
        "bytes": tally.bytes,
        "answers": {str(status): count for status, count in tally.answers.items()},
        "p95_s": {str(status): percentile(times, 95) for status, times in tally.times.items()},
    }


def percentile(times: list[float], share: float) -> float:
    """Time under which `share` percent of `times` lie."""
    return sorted(times)[min(len(times) - 1, int(len(times) * share / 100))] if times else 0.0


if __name__ == "__main__":
    with contextlib.suppress(ImportError):
        asyncio.set_event_loop_policy(importlib.import_module("uvloop").EventLoopPolicy())
    print(json.dumps(asyncio.run(run(json.loads(Path(sys.argv[1]).read_text())))))
