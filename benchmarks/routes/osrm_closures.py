"""Goal 4 beside OSRM: streets are closed, and the next answer goes round them, on one thread each.

OSRM's way for traffic: its multi-level graph is customised with a file of speeds, the new weights
are put into shared memory, the running server takes them from there. Ours are new weights in
process. Each closes what lies in the middle of its own ways between the same places.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks._row import Row, missing
from benchmarks.routes.osrm import PREPARE_S, Asker, answering, extracted, place_of, programs
from benchmarks.tiles.servers import free_port, process
from spatial_analysis.methods.snapping import Snap
from spatial_analysis.methods.turn_graph import TurnStreets
from spatial_analysis.snapshots import Network

GOAL = "50 closures -> next answer obeys, before OSRM's (customise, datastore)"
NEEDED = ("osrm-partition", "osrm-customize", "osrm-datastore")
DATASET = "bench-closures"
CLOSED, ROUNDS, WAIT_S = 50, 3, 30
Places = tuple[Snap, Snap]
Segment = tuple[int, int]  # two of OpenStreetMap's nodes, one after the other on a way


@dataclass(frozen=True, slots=True)
class Customised:
    """OSRM's programs, the base of its files, and a server that reads shared memory."""

    folder: Path
    base: str
    asker: Asker

    def close(self, segments: list[Segment]) -> tuple[float, float]:
        """Close segments both ways, open all others; seconds of customising, of handing over."""
        speeds = Path(self.base).with_name("speeds.csv")
        rows = [f"{a},{b},0\n{b},{a},0\n" for a, b in segments]
        began = time.perf_counter()
        speeds.write_text("".join(rows))
        told(self.folder, "customize", "-t", "1", "--segment-speed-file", str(speeds), self.base)
        ready = time.perf_counter()
        told(self.folder, "datastore", "--dataset-name", DATASET, "--only-metric=1", self.base)
        return ready - began, time.perf_counter() - ready

    def nodes(self, net: Network, ends: Places) -> list[int]:
        """Nodes that a way passes; none where there is no way."""
        address = self.asker.asked(
            "route", [place_of(net, end) for end in ends], "?overview=false&annotations=nodes"
        )
        answer = json.loads(self.asker.raw(address))
        if answer["code"] != "Ok":
            return []
        return [int(n) for leg in answer["routes"][0]["legs"] for n in leg["annotation"]["nodes"]]


def told(folder: Path, program: str, *arguments: str, answer: str = "") -> str:
    """What one of OSRM's programs says; raises SubprocessError."""
    done = subprocess.run(
        [str(folder / f"osrm-{program}"), *arguments], input=answer, text=True, check=True,
        timeout=PREPARE_S, capture_output=True,
    )  # fmt: skip
    return done.stdout + done.stderr


@contextmanager
def customised(folder: Path, streets: Path) -> Iterator[Customised]:
    """OSRM over its multi-level graph in shared memory, which is given back afterwards."""
    if "/updatable" in told(folder, "datastore", "--list"):
        raise OSError("others' data lie in OSRM's shared memory")
    with TemporaryDirectory() as room:
        base, port = extracted(folder, streets, Path(room)), free_port()
        told(folder, "partition", "-t", "1", base)
        told(folder, "customize", "-t", "1", base)
        try:
            told(folder, "datastore", "--dataset-name", DATASET, base)
            command = [str(folder / "osrm-routed"), "-i", "127.0.0.1", "-p", str(port), "-t", "1",
                       "-a", "MLD", "-s", "--dataset-name", DATASET, "-l", "NONE"]  # fmt: skip
            with process(command):
                yield Customised(folder, base, answering(port))
        finally:
            told(folder, "datastore", "--spring-clean", answer="Y\n")


def steps(nodes: list[int]) -> set[Segment]:
    """Segments of a way, each once, the lower node first."""
    return {(min(a, b), max(a, b)) for a, b in pairwise(nodes)}


def theirs(net: Network, osrm: Customised, pairs: list[Places]) -> tuple[list[float], bool]:
    """Seconds of customising, handing over and till the answer obeys; whether all answers do."""
    osrm.close([])
    passed = {i: way for i, ends in enumerate(pairs) if len(way := osrm.nodes(net, ends)) > 2}
    first = next(iter(passed))
    middles = [way[len(way) // 2 - 1 : len(way) // 2 + 1] for way in passed.values()]
    shut = {segment for middle in middles[:CLOSED] for segment in steps(middle)}
    customise_s, hand_s = osrm.close(sorted(shut))
    began = time.perf_counter()
    while not (obeys := steps(osrm.nodes(net, pairs[first])).isdisjoint(shut)):
        if time.perf_counter() - began > WAIT_S:
            break
    seen_s = time.perf_counter() - began
    obeys = obeys and all(steps(osrm.nodes(net, pairs[i])).isdisjoint(shut) for i in passed)
    return [customise_s, hand_s, seen_s], obeys


def ours(ways: TurnStreets, pairs: list[Places]) -> tuple[float, bool]:
    """Seconds from closing streets to the next answer; whether all answers obey."""
    passed = {i: way for i, ends in enumerate(pairs) if (way := ways.route(*ends)) is not None}
    middles = [way.pieces[len(way.pieces) // 2].edge for way in passed.values()]
    shut, first = set(middles[:CLOSED]), next(iter(passed))
    began = time.perf_counter()
    closed = ways.without(np.array(sorted(shut)))
    closed.route(*pairs[first])
    took_s = time.perf_counter() - began
    obeys = all(
        piece.edge not in shut or piece.edge in {end.edge for end in pairs[i]}
        for i in passed
        for piece in (getattr(closed.route(*pairs[i]), "pieces", ()))
    )
    return took_s, obeys


def goal(net: Network, ways: TurnStreets, stops: list[Snap], streets: Path) -> Row:
    """Goal 4 beside OSRM: closures in the middle of ways between `stops`, by turns."""
    folder = programs()
    if folder is None or not all((folder / name).is_file() for name in NEEDED):
        return missing("4", GOAL, "no OSRM here that customises")
    half = len(stops) // 2
    pairs = list(zip(stops[:half], stops[half:], strict=True))
    mine, other, obeyed = [], [], []
    try:
        with customised(folder, streets) as osrm:
            for turn in range(ROUNDS):
                part = pairs[turn:] + pairs[:turn]
                took, held = ours(ways, part)
                steps_s, heeded = theirs(net, osrm, part)
                mine.append(took)
                other.append(steps_s)
                obeyed.append((held, heeded))
    except (OSError, TimeoutError, subprocess.SubprocessError) as fault:
        return missing("4", GOAL, str(fault))
    customise_s, hand_s, seen_s = np.median(other, axis=0).tolist()
    whole_s = median(sum(row) for row in other)
    said = (
        f"{median(mine) * 1e3:.1f} ms in process to {whole_s * 1e3:.0f} ms (customise "
        f"{customise_s * 1e3:.0f}, datastore {hand_s * 1e3:.0f}, next answer {seen_s * 1e3:.1f})"
    )
    held, heeded = (all(side) for side in zip(*obeyed, strict=True))
    if not heeded:
        return missing("4", GOAL, "OSRM's own answers do not obey")
    return Row("4", GOAL, said, held and median(mine) < whole_s)
