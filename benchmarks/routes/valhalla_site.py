"""Valhalla in the environment of the peers: reads a job from stdin, prints its times as JSON."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import valhalla
from valhalla import Actor, get_config

from benchmarks._row import seconds

FIRST = 3  # answers before the clock counts: tiles are read into memory


def at(place: list[float]) -> dict[str, float]:
    """A location."""
    return {"lon": place[0], "lat": place[1]}


def prepared(streets: str, room: Path) -> tuple[Any, float]:
    """An actor over the tiles of a file, and the seconds that making them took."""
    tiles = room / "tiles"
    tiles.mkdir()
    told = get_config(tile_extract="", tile_dir=tiles)
    told["mjolnir"]["concurrency"] = 1
    told["service_limits"]["auto"]["max_matrix_location_pairs"] = 10**6
    file = room / "valhalla.json"
    file.write_text(json.dumps(told))
    build = Path(valhalla.__file__).parent / "bin" / "valhalla_build_tiles"
    began = time.perf_counter()
    command = [str(build), "-c", str(file), streets]  # it leaves notes where it is started
    subprocess.run(command, check=True, capture_output=True, cwd=room)
    return Actor(str(file)), time.perf_counter() - began


def routes(actor: Any, pairs: list[list[list[float]]]) -> dict[str, Any]:
    """Median seconds of a route without its text, and pairs without one."""
    took, none = [], 0
    for number, pair in enumerate(pairs[:FIRST] + pairs):
        asked = {"locations": [at(place) for place in pair], "costing": "auto",
                 "directions_type": "none"}  # fmt: skip
        began = time.perf_counter()
        try:
            actor.route(asked)
        except RuntimeError:
            none += number >= FIRST
            continue
        if number >= FIRST:
            took.append(time.perf_counter() - began)
    return {"route_s": median(took), "without": none}


def main() -> None:
    """Answer the job."""
    job = json.loads(sys.stdin.read())
    with tempfile.TemporaryDirectory() as room:
        actor, build_s = prepared(job["streets"], Path(room))
        told = {"build_s": build_s} | routes(actor, job["pairs"])
        many = [at(place) for place in job["places"]]
        table = {"sources": many, "targets": many, "costing": "auto"}
        told["matrix_s"] = seconds(lambda: actor.matrix(table), 3)
        around = {"locations": [at(job["start"])], "costing": "auto", "polygons": True,
                  "contours": [{"time": minutes} for minutes in job["minutes"]]}  # fmt: skip
        told["reach_s"] = seconds(lambda: actor.isochrone(around), 5)
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
