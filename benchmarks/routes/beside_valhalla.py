"""Valhalla over the same file of streets, in process on one thread: no goal, only its figures."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from statistics import median

from benchmarks._peers import environment
from benchmarks._row import Row, missing, seconds
from benchmarks.routes.osrm import place_of
from spatial_analysis.methods.outlines import area_of
from spatial_analysis.methods.reach import CELL_M, reaches
from spatial_analysis.methods.snapping import Snap
from spatial_analysis.methods.turn_graph import TurnStreets
from spatial_analysis.snapshots import Network
from spatial_analysis.studies.reach_areas import MINUTES

LIST = Path(__file__).parents[1] / "peers_routes.txt"
NAME = "Valhalla 3.5.1"
MATRIX = 100  # its table takes seconds
LONGEST_S = 300


def told(net: Network, stops: list[Snap], many: list[Snap], streets: Path) -> dict[str, float]:
    """Its figures; raises OSError or SubprocessError."""
    folder = environment(LIST)
    if folder is None:
        raise FileNotFoundError("its environment cannot be made here")
    half, places = len(stops) // 2, [place_of(net, stop) for stop in stops]
    job = {
        "streets": str(streets.resolve()),
        "pairs": list(zip(places[:half], places[half:], strict=True)),
        "places": [place_of(net, stop) for stop in many],
        "start": places[0],
        "minutes": list(MINUTES),
    }
    site = Path(__file__).with_name("valhalla_site.py")
    run = subprocess.run(
        [str(folder / "bin" / "python"), str(site)], input=json.dumps(job), text=True,
        capture_output=True, check=True, timeout=LONGEST_S,
        env=os.environ | {"PYTHONPATH": str(site.parents[2])},
    )  # fmt: skip
    found: dict[str, float] = json.loads(run.stdout.splitlines()[-1])
    return found


def beside(
    net: Network, ways: TurnStreets, stops: list[Snap], many: list[Snap], streets: Path
) -> list[Row]:
    """Routes, a table and areas beside ours."""
    goals = (("2", "route"), ("3", f"table of {MATRIX}"), ("5", "reach 5/10/15 min with polygons"))
    lines = [(number, f"{what} beside {NAME}, no goal") for number, what in goals]
    many, half = many[:MATRIX], len(stops) // 2
    try:
        their = told(net, stops, many, streets)
    except (OSError, subprocess.SubprocessError) as fault:
        return [missing(*line, str(fault)) for line in lines]
    net.cells  # noqa: B018  worked out once a version
    limits = [minutes * 60_000 for minutes in MINUTES]

    def areas() -> None:
        for found in reaches(ways, stops[0], limits):
            area_of(net.cells.within(found), cell_m=CELL_M)

    ours = (
        median(
            seconds(lambda a=a, b=b: ways.route(a, b), 3)
            for a, b in zip(stops[:half], stops[half:], strict=True)
        ),
        seconds(lambda: ways.costs_ms(many, many), 3),
        seconds(areas, 5),
    )
    pairs = zip(ours, (their["route_s"], their["matrix_s"], their["reach_s"]), strict=True)
    said = [f"{mine * 1e3:.2f} ms to {other * 1e3:.1f} ms" for mine, other in pairs]
    said[0] += f"; it finds no way for {their['without']:.0f} of {half}"
    said[1] += f"; it prepares {their['build_s']:.1f} s"
    return [Row(*line, text, None) for line, text in zip(lines, said, strict=True)]
