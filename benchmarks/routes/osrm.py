"""OSRM over the same file of streets: its programs on PATH, in the folder `OSRM`, or of its wheel.

The wheel asks for a newer Python than ours, its programs for none: they are unpacked, not
installed. OSRM drives a car by its own profile, so costs are not compared; times and distances are.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import numpy as np
import shapely

from benchmarks._peers import INSTALL_S
from benchmarks._row import Row, missing, seconds
from benchmarks.tiles.servers import free_port, process
from spatial_analysis.methods.snapping import Snap
from spatial_analysis.methods.stop_paths import StopPath
from spatial_analysis.methods.turn_graph import TurnStreets
from spatial_analysis.snapshots import Network

WHEEL = "osrm-bindings==26.10.0"
PROGRAMS = ("osrm-extract", "osrm-contract", "osrm-routed")
PREPARE_S = 300


def programs() -> Path | None:
    """Folder that holds the programs, with the profiles where their package keeps them."""
    given = os.environ.get("OSRM") or shutil.which("osrm-routed")
    if given:
        folder = Path(given) if Path(given).is_dir() else Path(given).resolve().parent
        return folder if (folder / "osrm-routed").is_file() else None
    home = Path(os.environ.get("VAR_DIR", "var")).absolute() / "peers" / WHEEL.replace("==", "-")
    folder = home / "osrm" / "bin"
    if (folder / "osrm-routed").is_file() or unpacked(home):
        return folder
    return None


def unpacked(home: Path) -> bool:
    """Fetch the wheel and unpack it; False when it cannot be had."""
    command = [
        sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:",
        "--python-version", "3.12", "--platform", f"manylinux_2_28_{os.uname().machine}",
    ]  # fmt: skip
    try:
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([*command, "-d", folder, WHEEL], check=True, timeout=INSTALL_S)
            with zipfile.ZipFile(next(Path(folder).glob("*.whl"))) as wheel:
                wheel.extractall(home)
    except (OSError, StopIteration, subprocess.SubprocessError):
        return False
    for program in (home / "osrm" / "bin").iterdir():
        program.chmod(0o755)
    return True


def profile(folder: Path) -> Path | None:
    """OSRM's own profile of a car."""
    places = ("share/profiles", "share/osrm/profiles", "profiles")
    found = (folder.parent / place / "car.lua" for place in places)
    return next((path for path in found if path.is_file()), None)


@dataclass(slots=True)
class Asker:
    """One kept-alive connection."""

    port: int
    link: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        """Open it."""
        self.link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def raw(self, path: str) -> bytes:
        """Body of an answer, whatever its status; a connection that was closed is opened anew."""
        try:
            self.link.request("GET", path)
            return self.link.getresponse().read()
        except http.client.RemoteDisconnected:
            self.link.close()
            self.link.request("GET", path)
            return self.link.getresponse().read()

    def asked(self, service: str, places: list[tuple[float, float]], more: str = "") -> str:
        """Address of a question about `places` (lon, lat)."""
        listed = ";".join(f"{lon:.6f},{lat:.6f}" for lon, lat in places)
        return f"/{service}/v1/driving/{listed}{more}"


def extracted(folder: Path, streets: Path, room: Path) -> str:
    """Base of the files that OSRM makes of a file of streets, for its car, on one thread."""
    car = profile(folder)
    if car is None:
        raise FileNotFoundError("no profile of a car beside its programs")
    there = room / "streets.osm.pbf"
    there.symlink_to(streets)
    command = [str(folder / "osrm-extract"), "-t", "1", "-p", str(car), str(there)]
    subprocess.run(command, check=True, timeout=PREPARE_S, capture_output=True)
    return str(room / "streets.osrm")


@contextmanager
def served(folder: Path, streets: Path, most: int) -> Iterator[tuple[Asker, float]]:
    """Connection to OSRM on one thread over its hierarchy, and the seconds it took to prepare."""
    with tempfile.TemporaryDirectory() as room:
        began = time.perf_counter()
        base = extracted(folder, streets, Path(room))
        contract = [str(folder / "osrm-contract"), "-t", "1", base]
        subprocess.run(contract, check=True, timeout=PREPARE_S, capture_output=True)
        built_s, port = time.perf_counter() - began, free_port()
        command = [str(folder / "osrm-routed"), "-i", "127.0.0.1", "-p", str(port), "-t", "1",
                   "--max-table-size", str(most), "-l", "NONE", base]  # fmt: skip
        with process(command):
            yield answering(port), built_s


def answering(port: int) -> Asker:
    """A connection, once somebody listens; raises TimeoutError."""
    ends = time.monotonic() + 30
    while time.monotonic() < ends:
        asker = Asker(port)
        try:
            asker.raw("/")
        except OSError:
            time.sleep(0.05)
            continue
        return asker
    raise TimeoutError("osrm-routed does not answer")


def place_of(net: Network, stop: Snap) -> tuple[float, float]:
    """Lon and lat of a place on a street."""
    line = shapely.LineString(net.streets.line(stop.edge))
    point = line.interpolate(stop.fraction, normalized=True)
    return float(point.x), float(point.y)


def metres_of(net: Network, path: StopPath) -> float:
    """Length of a way."""
    lengths = shapely.length(net.index.lines[[piece.edge for piece in path.pieces]])
    shares = [abs(piece.end - piece.start) for piece in path.pieces]
    return float(np.dot(lengths, shares))


def goals(
    net: Network, ways: TurnStreets, stops: list[Snap], many: list[Snap], streets: Path
) -> list[Row]:
    """Goals 2 and 3 beside OSRM: routes between `stops` by pairs, and a table of `many`."""
    lines = ("route p50 <= 1.0 x OSRM, ours in process", "table <= 1.5 x OSRM's")
    folder = programs()
    if folder is None:
        return [missing(n, line, "no OSRM here") for n, line in zip("23", lines, strict=True)]
    try:
        with served(folder, streets, len(many)) as (asker, built_s):
            return beside(net, ways, stops, many, asker, built_s)
    except (OSError, TimeoutError, subprocess.SubprocessError) as fault:
        return [missing(n, line, str(fault)) for n, line in zip("23", lines, strict=True)]


def beside(
    net: Network,
    ways: TurnStreets,
    stops: list[Snap],
    many: list[Snap],
    asker: Asker,
    built_s: float,
) -> list[Row]:
    """The two lines, rounds of ours and OSRM's by turns."""
    half = len(stops) // 2
    ours, theirs, ratios, without = [], [], [], [0, 0]
    for start, end in zip(stops[:half], stops[half:], strict=True):
        places = [place_of(net, start), place_of(net, end)]
        address = asker.asked("route", places, "?overview=false")
        ours.append(seconds(lambda a=start, b=end: ways.route(a, b), 5))
        theirs.append(seconds(lambda a=address: asker.raw(a), 5))
        path, told = ways.route(start, end), json.loads(asker.raw(address))
        far_m = told["routes"][0]["distance"] if told["code"] == "Ok" else 0.0
        without[0] += path is None
        without[1] += not far_m
        if path is not None and far_m:
            ratios.append(metres_of(net, path) / far_m)
    low, middle, high = np.percentile(ratios, [5, 50, 95])
    part = median(ours) / median(theirs)
    routes = (
        f"{part:.2f} x ({median(ours) * 1e3:.2f} ms to {median(theirs) * 1e3:.2f} ms over HTTP); "
        f"our distance {low:.2f}-{middle:.3f}-{high:.2f} of OSRM's; no way for {without[0]} of "
        f"{half} pairs by ours, {without[1]} by OSRM"
    )
    address = asker.asked("table", [place_of(net, stop) for stop in many])
    pairs = [
        (seconds(lambda: ways.costs_ms(many, many)), seconds(lambda: asker.raw(address)))
        for _ in range(5)
    ]
    if json.loads(asker.raw(address))["code"] != "Ok":
        raise OSError("OSRM refuses the table")
    mine, other = (median(side) for side in zip(*pairs, strict=True))
    share = median(a / b for a, b in pairs)
    table = (
        f"{share:.2f} x ({mine:.3f} s to {other:.3f} s over HTTP, {len(many)} places, one thread; "
        f"OSRM prepares {built_s:.1f} s)"
    )
    return [
        Row("2", "turn-expanded route <= 1.0 x OSRM's hierarchy", routes, part <= 1),
        Row("3", "turn-expanded table <= 1.5 x OSRM's", table, share <= 1.5),
    ]
